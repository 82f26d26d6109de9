// Builds the classes a script sees from the list it is given, then takes away what ES3 lacks.
(function (host, spec) {
  var stringify = JSON.stringify, parse = JSON.parse, define = Object.defineProperty;
  var create = Object.create, global = globalThis, indirectEval = global.eval;
  var hasOwn = Object.prototype.hasOwnProperty, isArray = Array.isArray;
  var prototypes = {}, seen = create(null);

  // Only printable ASCII crosses: the binding cuts at NUL and breaks on lone surrogates.
  function ascii(text) {
    return text.replace(/[^\x20-\x7e]/g, function (unit) {
      var code = unit.charCodeAt(0).toString(16);
      return "\\u" + "0000".slice(code.length) + code;
    });
  }
  function pack(value, depth) {
    if (depth > 20) { throw new Error("value is nested too deeply"); }
    if (value === undefined || value === null || typeof value === "function") { return null; }
    if (typeof value !== "object") { return value; }
    if (hasOwn.call(value, "__handle")) { return { $h: value.__handle }; }
    if (value instanceof TextDocument) { return { $t: value.__changed }; }
    if (value instanceof Shape) {
      return { $s: pack([value.vertices, value.inTangents, value.outTangents,
        value.closed !== false], depth + 1) };
    }
    if (isArray(value)) {
      var list = [];
      for (var i = 0; i < value.length; i += 1) { list.push(pack(value[i], depth + 1)); }
      return list;
    }
    throw new Error("After Effects error: this object cannot be given to After Effects");
  }
  function unpack(value) {
    var i, list;
    if (value === null || typeof value !== "object") { return value; }
    if (isArray(value)) {
      list = [];
      for (i = 0; i < value.length; i += 1) { list.push(unpack(value[i])); }
      return list;
    }
    if (value.$h !== undefined) { return wrap(value.$h, value.$c); }
    if (value.$t !== undefined) { return document(value.$t); }
    if (value.$s !== undefined) { return shape(value.$s); }
    return record(value.$d);
  }
  function record(parts) {
    var made = {};
    for (var name in parts) { made[name] = unpack(parts[name]); }
    return made;
  }
  function wrap(handle, name) {
    var object = seen[handle];
    if (object === undefined) {
      object = create(prototypes[name]);
      define(object, "__handle", { value: handle });
      seen[handle] = object;
    }
    return object;
  }
  function call(verb, target, name, values) {
    var answer = parse(host(ascii(stringify([verb, target, name, pack(values, 0)]))));
    if (answer.error !== undefined) { throw new Error(answer.error); }
    return unpack(answer.value);
  }

  function TextDocument(text) {
    define(this, "__fields", { value: { text: text === undefined ? "" : String(text) } });
    define(this, "__changed", { value: { text: this.__fields.text } });
  }
  function document(fields) {
    var made = create(TextDocument.prototype);
    define(made, "__fields", { value: fields });
    define(made, "__changed", { value: {} });
    return made;
  }
  function textField(name) {
    var locked = spec.textLocked.indexOf(name) >= 0;
    define(TextDocument.prototype, name, {
      enumerable: true,
      get: function () {
        var value = this.__fields[name];
        return value === null ? undefined : isArray(value) ? value.slice(0) : value;
      },
      set: function (value) {
        if (locked) { throw new Error("After Effects error: " + name + " is read-only"); }
        if (name === "composerEngine" && value !== spec.universal) {
          throw new Error("After Effects error: composerEngine can only be made universal");
        }
        if (name === "text") { value = String(value); }
        this.__fields[name] = value;
        this.__changed[name] = value;
      }
    });
  }
  function Shape() {}
  function shape(parts) {
    var made = new Shape();
    made.vertices = parts[0];
    made.inTangents = parts[1];
    made.outTangents = parts[2];
    made.closed = parts[3];
    return made;
  }

  function accessor(face, name) {
    var writable = face.put.indexOf(name) >= 0;
    define(prototypes[face.name], name, {
      enumerable: true,
      configurable: true,
      get: function () { return call("get", this.__handle, name, []); },
      set: function (value) {
        if (!writable) {
          throw new Error("After Effects error: " + name + " of " + face.name + " is read-only");
        }
        call("put", this.__handle, name, [value]);
      }
    });
  }
  function methodOf(face, name) {
    define(prototypes[face.name], name, {
      value: function () {
        var values = [];
        for (var i = 0; i < arguments.length; i += 1) { values.push(arguments[i]); }
        return call("call", this.__handle, name, values);
      }
    });
  }
  function classOf(face) {
    function Made() {
      if (!face.make) { throw new Error("After Effects error: cannot make a " + face.name); }
      var values = [];
      for (var i = 0; i < arguments.length; i += 1) { values.push(arguments[i]); }
      return call("make", null, face.name, values);
    }
    Made.prototype = create(face.parent === null ? Object.prototype : prototypes[face.parent]);
    define(Made.prototype, "constructor", { value: Made });
    define(Made.prototype, "toString", {
      value: function () { return "[object " + face.name + "]"; }
    });
    prototypes[face.name] = Made.prototype;
    global[face.name] = Made;
    var names = face.get.concat(face.put.filter(function (name) {
      return face.get.indexOf(name) < 0;
    }));
    names.forEach(function (name) { accessor(face, name); });
    face.call.forEach(function (name) { methodOf(face, name); });
  }

  spec.classes.forEach(classOf);
  spec.textFields.forEach(textField);
  global.TextDocument = TextDocument;
  global.Shape = Shape;
  Object.keys(spec.enums).forEach(function (name) { global[name] = spec.enums[name]; });
  global.app = wrap(spec.app, "Application");
  ["alert", "confirm", "prompt"].forEach(function (name) {
    global[name] = function (text) { return call("dialog", null, name, [String(text)]); };
  });
  global.$ = {
    get fileName() { return call("script", null, "name", []); },
    getenv: function (name) { return call("getenv", null, String(name), []); },
    write: function (text) { call("say", null, "write", [String(text)]); },
    writeln: function (text) { call("say", null, "writeln", [String(text)]); },
    sleep: function () {},
    gc: function () {},
    os: "preview", version: "4.5.6", locale: "en_US", level: 0,
    evalFile: function (file) {
      var source = call("enter", null, "file", [file]);
      try { return indirectEval(source); } finally { call("leave", null, "file", []); }
    }
  };
  global.$.global = global;

  // What ExtendScript does not have. Deleted last: the code above has taken what it needs.
  var lacking = {
    Array: ["from", "isArray", "of"],
    Object: ["assign", "create", "defineProperties", "defineProperty", "entries", "freeze",
      "fromEntries", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors",
      "getOwnPropertyNames", "getOwnPropertySymbols", "getPrototypeOf", "groupBy", "hasOwn", "is",
      "isExtensible", "isFrozen", "isSealed", "keys", "preventExtensions", "seal",
      "setPrototypeOf", "values"],
    Number: ["EPSILON", "MAX_SAFE_INTEGER", "MIN_SAFE_INTEGER", "isFinite", "isInteger", "isNaN",
      "isSafeInteger", "parseFloat", "parseInt"],
    Math: ["acosh", "asinh", "atanh", "cbrt", "clz32", "cosh", "expm1", "fround", "hypot", "imul",
      "log10", "log1p", "log2", "sign", "sinh", "tanh", "trunc"],
    Date: ["now"], String: ["fromCodePoint", "raw"]
  };
  var lackingMethods = {
    Array: ["at", "copyWithin", "entries", "every", "fill", "filter", "find", "findIndex",
      "findLast", "findLastIndex", "flat", "flatMap", "forEach", "includes", "indexOf", "keys",
      "lastIndexOf", "map", "reduce", "reduceRight", "some", "values", "with", "toSorted",
      "toReversed", "toSpliced"],
    String: ["at", "codePointAt", "endsWith", "includes", "matchAll", "normalize", "padEnd",
      "padStart", "repeat", "replaceAll", "startsWith", "trim", "trimEnd", "trimLeft",
      "trimRight", "trimStart", "isWellFormed", "toWellFormed"],
    Function: ["bind"], Date: ["toISOString", "toJSON"]
  };
  function strip(owner, names) {
    for (var i = 0; i < names.length; i += 1) { delete owner[names[i]]; }
  }
  for (var owner in lacking) { strip(global[owner], lacking[owner]); }
  for (owner in lackingMethods) { strip(global[owner].prototype, lackingMethods[owner]); }
  strip(global, ["JSON", "Proxy", "Reflect", "Promise", "Map", "Set", "WeakMap", "WeakSet",
    "WeakRef", "FinalizationRegistry", "Symbol", "BigInt", "BigInt64Array", "BigUint64Array",
    "ArrayBuffer", "SharedArrayBuffer", "Atomics", "DataView", "Int8Array", "Uint8Array",
    "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
    "Float32Array", "Float64Array", "globalThis", "__host", "__spec", "BigFloat", "BigDecimal",
    "BigFloatEnv", "Operators", "queueMicrotask"]);
})(__host, __spec);
