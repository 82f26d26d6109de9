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
  if (x && typeof x === "object" && x.__path) return x;
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
