// Properties, groups and text styles as expressions see them.
"use strict";
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
  return __get(own + info.id + "|" + (info.still ? 0 : Number(__v(t))));
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
// ---- paths ----------------------------------------------------------------------------------
function __pairs(points, count) {
  points = __v(points) || [];
  var out = [];
  for (var i = 0; i < count; i++) {
    var p = __v(points[i]) || [0, 0];
    out.push([Number(__v(p[0])), Number(__v(p[1]))]);
  }
  return out;
}
function createPath(points, into, outof, closed) {
  points = __v(points) || [[0, 0], [100, 0], [100, 100], [0, 100]];
  if (points.length > 4000) throw new Error("a path of more than 4000 points");
  return { __path: true, closed: closed === undefined || !!__v(closed),
    vertices: __pairs(points, points.length), into: __pairs(into, points.length),
    outof: __pairs(outof, points.length) };
}
function __pathPart(part) {
  return function (info) {
    return function (t) {
      var path = __valueAt(info, t === undefined ? __scope.time : t);
      if (path === null || !path.__path) throw new Error(info.name + " is no path");
      return path[part];
    };
  };
}
__propMethods.points = __pathPart("vertices");
__propMethods.inTangents = __pathPart("into");
__propMethods.outTangents = __pathPart("outof");
__propMethods.isClosed = __pathPart("closed");
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
