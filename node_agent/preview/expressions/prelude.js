// The objects that expressions see. Data comes in by key; what is missing is asked for by
// throwing, and the whole expression runs again when the answer is there (see sandbox.py).
"use strict";
var __data = Object.create(null);
var __missing = null;
var __axis = -1;
var __mixed = false;
var __notes = [];
var __scope = null;
var __own = -1;

function __get(key) {
  if (key in __data) return __data[key];
  if (__missing === null) __missing = key;
  throw new Error("__need");
}
function __note(what) { if (__notes.length < 20) __notes.push(what); }

// ---- values -----------------------------------------------------------------------------
var __NODE = Symbol("node");
function __v(x) {
  if (x !== null && (typeof x === "function" || typeof x === "object") && x[__NODE]) {
    return x.value;
  }
  return x;
}
function __plain(x, depth) {
  x = __v(x);
  if (Array.isArray(x) && depth < 4) {
    return x.slice(0, 4096).map(function (y) { return __plain(y, depth + 1); });
  }
  if (x instanceof Number || x instanceof String || x instanceof Boolean) return x.valueOf();
  if (x && typeof x === "object" && x.__style) return { text: __plain(x.text, 1) };
  return x;
}
function __pair(f) {
  return function combine(a, b) {
    a = __v(a); b = __v(b);
    if (Array.isArray(a) || Array.isArray(b)) {
      var n = Math.max(Array.isArray(a) ? a.length : 1, Array.isArray(b) ? b.length : 1), out = [];
      for (var i = 0; i < n; i++) {
        out.push(combine(Array.isArray(a) ? (i < a.length ? a[i] : 0) : a,
          Array.isArray(b) ? (i < b.length ? b[i] : 0) : b));
      }
      return out;
    }
    return f(a, b);
  };
}
var add = __pair(function (a, b) { return a + b; });
var sub = __pair(function (a, b) { return a - b; });
var mul = __pair(function (a, b) { return a * b; });
var div = __pair(function (a, b) { return a / b; });
var mod = __pair(function (a, b) { return a % b; });
function clamp(x, low, high) {
  x = __v(x);
  if (Array.isArray(x)) return x.map(function (y) { return clamp(y, low, high); });
  low = __v(low); high = __v(high);
  return Math.min(Math.max(x, Math.min(low, high)), Math.max(low, high));
}
function dot(a, b) { return mul(a, b).reduce(function (s, x) { return s + x; }, 0); }
function cross(a, b) {
  a = __v(a); b = __v(b);
  var p = a[2] || 0, q = b[2] || 0;
  return [a[1] * q - p * b[1], p * b[0] - a[0] * q, a[0] * b[1] - a[1] * b[0]];
}
function length(a, b) {
  var d = b === undefined ? __v(a) : sub(a, b);
  return Array.isArray(d) ? Math.sqrt(dot(d, d)) : Math.abs(d);
}
function normalize(a) { var n = length(a); return n ? div(a, n) : a; }
function degreesToRadians(d) { return d * Math.PI / 180; }
function radiansToDegrees(r) { return r * 180 / Math.PI; }

// ---- interpolation ----------------------------------------------------------------------
function __interpolator(shape) {
  return function (t, a, b, c, d) {
    var low = 0, high = 1, from = a, to = b;
    if (d !== undefined) { low = a; high = b; from = c; to = d; }
    t = __v(t); low = __v(low); high = __v(high);
    var x = high === low ? (t >= high ? 1 : 0) : (t - low) / (high - low);
    x = shape(Math.min(1, Math.max(0, x)));
    return add(from, mul(sub(to, from), x));
  };
}
var linear = __interpolator(function (x) { return x; });
var ease = __interpolator(function (x) { return x * x * (3 - 2 * x); });
var easeIn = __interpolator(function (x) { return x * x * (2 - x); });
var easeOut = __interpolator(function (x) { return x + x * x - x * x * x; });

// ---- colour, time, chance ---------------------------------------------------------------
function hexToRgb(hex) {
  hex = String(__v(hex)).replace("#", "");
  var n = parseInt(hex, 16);
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255, 1];
}
function rgbToHsl(c) {
  c = __v(c);
  var hi = Math.max(c[0], c[1], c[2]), lo = Math.min(c[0], c[1], c[2]), l = (hi + lo) / 2;
  var d = hi - lo, h = 0, s = 0;
  if (d > 0) {
    s = l > 0.5 ? d / (2 - hi - lo) : d / (hi + lo);
    if (hi === c[0]) h = (c[1] - c[2]) / d + (c[1] < c[2] ? 6 : 0);
    else if (hi === c[1]) h = (c[2] - c[0]) / d + 2;
    else h = (c[0] - c[1]) / d + 4;
  }
  return [h / 6, s, l, c.length > 3 ? c[3] : 1];
}
function hslToRgb(c) {
  c = __v(c);
  var q = c[2] < 0.5 ? c[2] * (1 + c[1]) : c[2] + c[1] - c[2] * c[1], p = 2 * c[2] - q;
  function channel(h) {
    h = ((h % 1) + 1) % 1;
    if (h < 1 / 6) return p + (q - p) * 6 * h;
    if (h < 1 / 2) return q;
    return h < 2 / 3 ? p + (q - p) * (2 / 3 - h) * 6 : p;
  }
  return [channel(c[0] + 1 / 3), channel(c[0]), channel(c[0] - 1 / 3), c.length > 3 ? c[3] : 1];
}
function timeToFrames(t, fps) {
  if (t === undefined) t = __scope.time;
  return Math.floor(t * (fps || __scope.thisComp.frameRate) + 1e-6);
}
function framesToTime(frames, fps) { return frames / (fps || __scope.thisComp.frameRate); }
function posterizeTime() { __note("posterizeTime"); return 0; }
var __seed = 1;
function seedRandom(seed) { __seed = (Math.abs(seed) | 0) + 1; }
function __chance() {
  __note("random");
  __seed = (__seed * 48271) % 2147483647;
  return __seed / 2147483647;
}
function __between(a, b, x) {
  if (a === undefined) return x;
  return b === undefined ? mul(a, x) : add(a, mul(sub(b, a), x));
}
function random(a, b) { return __between(a, b, __chance()); }
function gaussRandom(a, b) { return __between(a, b, (__chance() + __chance() + __chance()) / 3); }
function noise() { __note("noise"); return 0; }
Math.random = __chance;

// ---- nodes: properties and groups ---------------------------------------------------------
function __key(key) { return typeof key === "number" ? "#" + key : "." + String(__v(key)); }
function __child(info, key) {
  var found = __get("child|" + info.id + "|" + __key(key));
  if (found === null) throw new Error("no property " + String(key) + " in " + info.name);
  return __node(found);
}
var __groupMethods = {
  property: function (info) { return function (k) { return __child(info, k); }; },
  param: function (info) { return function (k) { return __child(info, k); }; },
  content: function (info) { return function (k) { return __child(info, k); }; },
  name: function (info) { return info.name; },
  matchName: function (info) { return info.matchName; },
  numProperties: function (info) { return info.count; },
  enabled: function (info) { return info.enabled; },
  active: function (info) { return info.enabled; },
  propertyIndex: function (info) { return info.index; },
  propertyGroup: function (info) {
    return function (n) { return __node(__get("up|" + info.id + "|" + (n || 1))); };
  },
};
function __valueAt(info, t) {
  // A property that reads itself gets its value from before the expression.
  var own = info.id === __own ? "stored|" : "value|";
  return __get(own + info.id + "|" + Number(__v(t)));
}
function __keyAt(info, i) {
  var key = __get("key|" + info.id + "|" + Number(i));
  if (key === null) throw new Error("no key " + i);
  return key;
}
function __looped(info, mode, out) {
  var keys = __get("keys|" + info.id), t = __scope.time;
  if (keys.length < 2) return __valueAt(info, t);
  var first = keys[0], last = keys[keys.length - 1], span = last - first;
  if (out ? t <= last : t >= first) return __valueAt(info, t);
  if (mode === "continue") return __valueAt(info, t);
  var beyond = out ? t - first : last - t, turns = Math.floor(beyond / span);
  var rest = beyond - turns * span;
  if (mode === "pingpong" && turns % 2 === 1) rest = span - rest;
  var at = __valueAt(info, out ? first + rest : last - rest);
  if (mode !== "offset") return at;
  var step = sub(__valueAt(info, last), __valueAt(info, first));
  return out ? add(at, mul(step, turns)) : sub(at, mul(step, turns));
}
var __propMethods = {
  value: function (info) { return __valueAt(info, __scope.time); },
  valueAtTime: function (info) { return function (t) { return __valueAt(info, t); }; },
  name: function (info) { return info.name; },
  matchName: function (info) { return info.matchName; },
  numKeys: function (info) { return __get("keys|" + info.id).length; },
  key: function (info) { return function (i) { return __keyAt(info, i); }; },
  nearestKey: function (info) {
    return function (t) {
      var keys = __get("keys|" + info.id), best = 0;
      for (var i = 1; i < keys.length; i++) {
        if (Math.abs(keys[i] - t) < Math.abs(keys[best] - t)) best = i;
      }
      return __keyAt(info, best + 1);
    };
  },
  propertyIndex: function (info) { return info.index; },
  propertyGroup: __groupMethods.propertyGroup,
  enabled: function (info) { return info.enabled; },
  active: function (info) { return info.enabled; },
  wiggle: function (info) {
    return function () { __note("wiggle"); return __valueAt(info, __scope.time); };
  },
  loopOut: function (info) { return function (m) { return __looped(info, m || "cycle", true); }; },
  loopIn: function (info) { return function (m) { return __looped(info, m || "cycle", false); }; },
  velocityAtTime: function (info) {
    return function (t) {
      return div(sub(__valueAt(info, t + 0.001), __valueAt(info, t - 0.001)), 0.002);
    };
  },
  velocity: function (info) { return __propMethods.velocityAtTime(info)(__scope.time); },
  speed: function (info) { return length(__propMethods.velocity(info)); },
  style: function (info) { return __style(__valueAt(info, __scope.time)); },
  createStyle: function () { return function () { return __style(""); }; },
  getStyleAt: function (info) {
    return function () { return __style(__valueAt(info, __scope.time)); };
  },
};
function __style(text) {
  var style = { __style: true, text: text };
  return new Proxy(style, {
    get: function (target, key) {
      if (key in target) return target[key];
      if (typeof key === "string" && key.indexOf("set") === 0) {
        return function (x) {
          if (key === "setText") target.text = __v(x);
          else __note("text style");
          return this;
        };
      }
      __note("text style");
      return 0;
    },
  });
}
function __node(info) {
  var methods = info.kind === "p" ? __propMethods : __groupMethods;
  return new Proxy(function () {}, {
    apply: function (_, __, args) { return __child(info, args[0]); },
    get: function (_, key) {
      if (key === __NODE) return info.kind === "p";
      if (typeof key !== "symbol" && Object.prototype.hasOwnProperty.call(methods, key)) {
        return methods[key](info);
      }
      if (info.kind !== "p") {
        if (typeof key === "symbol") return undefined;
        return __child(info, key);
      }
      var value = __valueAt(info, __scope.time);
      if (key === Symbol.toPrimitive) {
        return function (hint) { return __primitive(value, hint); };
      }
      if (key === "toString") return function () { return String(value); };
      if (key === "valueOf") return function () { return value; };
      if (value === null || value === undefined) return undefined;
      var member = value[key];
      return typeof member === "function" ? member.bind(value) : member;
    },
    set: function () { throw new Error("an expression cannot set a property"); },
  });
}

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
      return __child(info, key);
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
  "velocityAtTime propertyGroup propertyIndex style createStyle getStyleAt").split(" ");
function __scopeFor(facts) {
  __own = facts.property.id;
  var scope = Object.create(null);
  scope.time = facts.time;
  scope.colorDepth = 8;
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
