// Reads and writes JSON without ever running it: ExtendScript has no JSON of its own.
$.global.FR = {};

FR.json = (function () {
    var MAX_DEPTH = 64;
    var ESCAPES = {
        "\"": "\"", "\\": "\\", "/": "/",
        "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"
    };
    var HEX = "0123456789abcdef";

    function fail(what, at) {
        throw new Error("not JSON: " + what + " at character " + at);
    }

    function parse(text) {
        var at = 0;
        var end = text.length;

        function space() {
            var code = text.charCodeAt(at);
            while (at < end && (code === 32 || code === 9 || code === 10 || code === 13)) {
                at += 1;
                code = text.charCodeAt(at);
            }
        }

        function unit(from) {
            var value = 0;
            var i, digit;
            for (i = 0; i < 4; i += 1) {
                digit = HEX.indexOf(text.charAt(from + i).toLowerCase());
                if (digit < 0 || from + i >= end) { fail("bad \\u escape", from); }
                value = value * 16 + digit;
            }
            return String.fromCharCode(value);
        }

        function readString() {
            var parts = [];
            var from = at + 1;
            var letter;
            at += 1;
            while (at < end) {
                letter = text.charAt(at);
                if (letter === "\"") {
                    parts.push(text.substring(from, at));
                    at += 1;
                    return parts.join("");
                }
                if (letter < " ") { fail("control character in a string", at); }
                if (letter === "\\") {
                    parts.push(text.substring(from, at));
                    letter = text.charAt(at + 1);
                    if (letter === "u") {
                        parts.push(unit(at + 2));
                        at += 6;
                    } else if (letter !== "" && ESCAPES.hasOwnProperty(letter)) {
                        parts.push(ESCAPES[letter]);
                        at += 2;
                    } else {
                        fail("bad escape", at);
                    }
                    from = at;
                } else {
                    at += 1;
                }
            }
            fail("string without an end", at);
        }

        function readNumber() {
            var from = at;
            var word;
            while (at < end && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) { at += 1; }
            word = text.substring(from, at);
            if (word === "" || isNaN(Number(word))) { fail("bad number", from); }
            return Number(word);
        }

        function readWord(word, value) {
            if (text.substring(at, at + word.length) !== word) { fail("unknown word", at); }
            at += word.length;
            return value;
        }

        function readList(depth) {
            var list = [];
            at += 1;
            space();
            if (text.charAt(at) === "]") { at += 1; return list; }
            while (true) {
                list.push(readValue(depth + 1));
                space();
                if (text.charAt(at) === "]") { at += 1; return list; }
                if (text.charAt(at) !== ",") { fail("list without an end", at); }
                at += 1;
            }
        }

        function readObject(depth) {
            var object = {};
            var key, value;
            at += 1;
            space();
            if (text.charAt(at) === "}") { at += 1; return object; }
            while (true) {
                space();
                if (text.charAt(at) !== "\"") { fail("key expected", at); }
                key = readString();
                space();
                if (text.charAt(at) !== ":") { fail("colon expected", at); }
                at += 1;
                value = readValue(depth + 1);
                if (key !== "__proto__") { object[key] = value; }
                space();
                if (text.charAt(at) === "}") { at += 1; return object; }
                if (text.charAt(at) !== ",") { fail("object without an end", at); }
                at += 1;
            }
        }

        function readValue(depth) {
            var letter;
            if (depth > MAX_DEPTH) { fail("nested too deeply", at); }
            space();
            letter = text.charAt(at);
            if (letter === "{") { return readObject(depth); }
            if (letter === "[") { return readList(depth); }
            if (letter === "\"") { return readString(); }
            if (letter === "t") { return readWord("true", true); }
            if (letter === "f") { return readWord("false", false); }
            if (letter === "n") { return readWord("null", null); }
            return readNumber();
        }

        var result = readValue(0);
        space();
        if (at < end) { fail("something after the end", at); }
        return result;
    }

    function quote(text) {
        var out = [];
        var i, code, hex;
        for (i = 0; i < text.length; i += 1) {
            code = text.charCodeAt(i);
            if (code < 32 || code > 126 || code === 34 || code === 92) {
                hex = code.toString(16);
                out.push("\\u" + "0000".substring(hex.length) + hex);
            } else {
                out.push(text.charAt(i));
            }
        }
        return "\"" + out.join("") + "\"";
    }

    function stringify(value) {
        var parts = [];
        var i, key;
        if (value === null || value === undefined) { return "null"; }
        if (typeof value === "string") { return quote(value); }
        if (typeof value === "boolean") { return value ? "true" : "false"; }
        if (typeof value === "number") { return isFinite(value) ? String(value) : "null"; }
        if (value instanceof Array) {
            for (i = 0; i < value.length; i += 1) { parts.push(stringify(value[i])); }
            return "[" + parts.join(",") + "]";
        }
        for (key in value) {
            if (value.hasOwnProperty(key) && typeof value[key] !== "function") {
                parts.push(quote(key) + ":" + stringify(value[key]));
            }
        }
        return "{" + parts.join(",") + "}";
    }

    return {parse: parse, stringify: stringify};
})();
