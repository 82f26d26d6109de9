// Layers, comps, array arithmetic, and the run of one expression.
"use strict";
// ---- layers and comps -------------------------------------------------------------------
function __matrix(info, t) {
  return __get("matrix|" + info.id + "|" + Number(t === undefined ? __scope.time : t));
}
function __toComp(info) {
  return function (p, t) {
    var m = __matrix(info, t);
    p = __v(p);
    return [m[0] * p[0] + m[2] * p[1] + m[4], m[1] * p[0] + m[3] * p[1] + m[5]]
      .concat(p.length > 2 ? [p[2]] : []);
  };
}
function __fromComp(info) {
  return function (p, t) {
    var m = __matrix(info, t), det = m[0] * m[3] - m[1] * m[2] || 1e-9;
    p = __v(p);
    var x = p[0] - m[4], y = p[1] - m[5];
    return [(m[3] * x - m[2] * y) / det, (m[0] * y - m[1] * x) / det]
      .concat(p.length > 2 ? [p[2]] : []);
  };
}
var __layerMethods = {
  effect: function (info) {
    return function (k) { return __child({ id: info.effects, name: info.name }, k); };
  },
  mask: function (info) {
    return function (k) { return __child({ id: info.masks, name: info.name }, k); };
  },
  content: function (info) {
    return function (k) { return __child({ id: info.contents, name: info.name }, k); };
  },
  property: function (info) { return function (k) { return __child(info, k); }; },
  parent: function (info) { return __layer(__get("layerid|" + info.parent)); },
  source: function (info) {
    return info.source ? __comp(__get("compid|" + info.source)) : { name: info.sourceName };
  },
  containingComp: function (info) { return __comp(__get("compid|" + info.comp)); },
  sourceRectAtTime: function (info) {
    return function (t, extents) {
      if (t === undefined) t = __scope.time;
      return __get("rect|" + info.id + "|" + Number(__v(t)) + "|" + (extents ? 1 : 0));
    };
  },
  sourceTime: function (info) {
    return function (t) { return ((t === undefined ? __scope.time : t) - info.startTime); };
  },
  toComp: __toComp,
  toWorld: __toComp,
  fromComp: __fromComp,
  fromWorld: __fromComp,
  fromCompToSurface: __fromComp,
};
function __layer(info) {
  if (info === null) throw new Error("no such layer");
  return new Proxy(function () {}, {
    apply: function (_, __, args) { return __child(info, args[0]); },
    get: function (_, key) {
      if (key === "__info") return info;
      if (typeof key === "symbol") return undefined;
      if (Object.prototype.hasOwnProperty.call(__layerMethods, key)) {
        return __layerMethods[key](info);
      }
      if (Object.prototype.hasOwnProperty.call(info.facts, key)) return info.facts[key];
      var found = __get("child|" + info.id + "|" + __key(key));
      if (found !== null) return __node(found);
      __note("unknown " + String(key));
      return undefined;
    },
    set: function () { throw new Error("an expression cannot set a layer"); },
  });
}
function __layerOf(info) {
  return function (which, offset) {
    if (which !== null && typeof which === "function" && which.__info) {
      which = which.index + (offset || 0);
    }
    var found = __get("layer|" + info.id + "|" + __key(which));
    if (found === null) throw new Error("no layer " + String(which) + " in " + info.facts.name);
    return __layer(found);
  };
}
function __comp(info) {
  if (info === null) throw new Error("no such comp");
  return new Proxy(function () {}, {
    get: function (_, key) {
      if (key === "layer") return __layerOf(info);
      if (key === "marker") return __node(__get("compmarker|" + info.id));
      if (typeof key === "symbol") return undefined;
      if (Object.prototype.hasOwnProperty.call(info.facts, key)) return info.facts[key];
      throw new Error("comp has no " + String(key));
    },
    set: function () { throw new Error("an expression cannot set a comp"); },
  });
}
function comp(name) {
  var found = __get("comp|" + String(__v(name)));
  if (found === null) throw new Error("no comp " + name);
  return __comp(found);
}
function footage(name) { throw new Error("footage() is not known to the preview: " + name); }

// ---- array arithmetic -------------------------------------------------------------------
// `[1, 2] + [3, 4]` adds arrays in After Effects. Operators cannot be overloaded here, so an
// expression that turns an array into a number runs once per axis with that axis' numbers.
function __primitive(value, hint) {
  if (Array.isArray(value)) {
    if (hint === "string") return Array.prototype.join.call(value, ",");
    __mixed = true;
    var axis = Math.max(0, __axis), x = axis < value.length ? value[axis] : 0;
    return __v(x);
  }
  return value;
}
Object.defineProperty(Array.prototype, Symbol.toPrimitive, {
  value: function (hint) { return __primitive(this, hint); },
});

// ---- running ------------------------------------------------------------------------------
var __names = {
  time: 1, value: 1, thisComp: 1, thisLayer: 1, thisProperty: 1, index: 1, colorDepth: 1,
};
var __layerNames = ("effect mask content transform text position scale rotation opacity " +
  "anchorPoint name inPoint outPoint startTime width height active enabled hasParent parent " +
  "source marker timeRemap sourceRectAtTime toComp fromComp toWorld fromWorld sourceTime " +
  "hasVideo hasAudio audioLevels orientation rotationX rotationY rotationZ property " +
  "containingComp").split(" ");
var __propNames = ("valueAtTime numKeys key nearestKey wiggle loopOut loopIn velocity speed " +
  "velocityAtTime propertyGroup propertyIndex style createStyle getStyleAt " +
  "points inTangents outTangents isClosed").split(" ");
function __scopeFor(facts) {
  __own = facts.property.id;
  var scope = Object.create(null);
  scope.time = facts.time;
  scope.colorDepth = 8;
  // What expressions leave here for each other is lost: no frame may depend on another one.
  scope.$ = {};
  function lazy(name, make) {
    Object.defineProperty(scope, name, {
      get: make,
      // A script may name its own variable like one of ours; from then on it is the script's.
      set: function (x) { Object.defineProperty(scope, name, { value: x, writable: true }); },
      enumerable: true,
      configurable: true,
    });
  }
  var property = null, layer = null;
  function thisProperty() { return property || (property = __node(facts.property)); }
  function thisLayer() { return layer || (layer = __layer(__get("layerid|" + facts.layer))); }
  lazy("value", function () { return __get("stored|" + facts.property.id + "|" + facts.time); });
  lazy("thisProperty", thisProperty);
  lazy("thisLayer", thisLayer);
  lazy("thisComp", function () { return __comp(__get("compid|" + facts.comp)); });
  lazy("index", function () { return thisLayer().index; });
  __layerNames.forEach(function (name) {
    lazy(name, function () { return thisLayer()[name]; });
  });
  __propNames.forEach(function (name) {
    lazy(name, function () { return thisProperty()[name]; });
  });
  return scope;
}
var __evaluate = new Function("__expression", "with (__scope) { return eval(__expression); }");
function __run(factsJson, source, axis) {
  __missing = null;
  __mixed = false;
  __notes = [];
  __axis = axis;
  var result = null, problem = null;
  try {
    __scope = __scopeFor(JSON.parse(factsJson));
    __seed = 1;
    result = __plain(__evaluate(source), 0);
  } catch (error) {
    problem = String(error && error.message !== undefined ? error.message : error);
  }
  // An expression may catch the throw that asks for data, so the flag counts, not the error.
  if (__missing !== null) return JSON.stringify({ need: __missing });
  if (problem !== null) return JSON.stringify({ error: problem.slice(0, 300), notes: __notes });
  if (typeof result === "function" || result === undefined) result = null;
  return JSON.stringify({ value: result, mixed: __mixed, notes: __notes });
}
function __answer(key, json) { __data[key] = JSON.parse(json); }
function __forget() { __data = Object.create(null); }
