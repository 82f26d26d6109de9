// Finds the comps that an expression names, and writes the names of their copies in their place.
FR.references = (function () {
    var WORD = /[\w$]/;

    // Ends of what is neither name nor code: the first character after a comment or a string.
    function skip(source, at) {
        var letter = source.charAt(at);
        var next = source.charAt(at + 1);
        var end;
        if (letter === "/" && next === "*") {
            end = source.indexOf("*/", at + 2);
            return end < 0 ? source.length : end + 2;
        }
        if (letter === "/" && next === "/") {
            for (end = at; end < source.length; end += 1) {
                if (source.charAt(end) === "\n" || source.charAt(end) === "\r") { return end; }
            }
            return source.length;
        }
        if (letter === "\"" || letter === "'" || letter === "`") {
            for (end = at + 1; end < source.length; end += 1) {
                if (source.charAt(end) === "\\") {
                    end += 1;
                } else if (source.charAt(end) === letter) {
                    return end + 1;
                } else if (letter !== "`" && /[\n\r]/.test(source.charAt(end))) {
                    return end;
                }
            }
            return source.length;
        }
        return at;
    }

    // The first character from `at` on that is no space and no comment.
    function solid(source, at) {
        var letter, end;
        while (at < source.length) {
            letter = source.charAt(at);
            if (letter === " " || letter === "\t" || letter === "\n" || letter === "\r") {
                at += 1;
            } else {
                end = letter === "/" ? skip(source, at) : at;
                if (end === at) { return at; }
                at = end;
            }
        }
        return at;
    }

    function isWhole(literal) {
        return /^(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')$/.test(literal);
    }

    function unquoted(literal) {
        return literal.substring(1, literal.length - 1).replace(/\\([\s\S])/g, "$1");
    }

    function quoted(name) {
        return "\"" + name.replace(/\\/g, "\\\\").replace(/"/g, "\\\"") + "\"";
    }

    // Whether `comp` at this place is a name of its own: no part of a word, nobody's attribute.
    function isCall(source, at, before) {
        return source.substring(at, at + 4) === "comp" && before !== "."
            && !WORD.test(source.charAt(at - 1) || " ") && !WORD.test(source.charAt(at + 4) || " ");
    }

    // The call at this place: the literal it is given, null where the name is worked out.
    function callAt(source, at) {
        var open = solid(source, at + 4);
        var begin, end, literal, written;
        if (source.charAt(open) !== "(") { return {end: at + 4, from: at, name: undefined}; }
        begin = solid(source, open + 1);
        literal = source.charAt(begin);
        if (literal === "\"" || literal === "'") {
            end = skip(source, begin);
            written = source.substring(begin, end);
            if (isWhole(written) && source.charAt(solid(source, end)) === ")") {
                return {end: end, from: begin, name: unquoted(written)};
            }
        }
        return {end: open + 1, from: at, name: null};
    }

    // Gives the calls [{from, end, name}] and every string of an expression.
    function read(source) {
        var calls = [];
        var strings = [];
        var at = 0;
        var before = "";
        var end, call, letter;
        while (at < source.length) {
            letter = source.charAt(at);
            end = skip(source, at);
            if (end > at) {
                if (letter === "`" || isWhole(source.substring(at, end))) {
                    strings.push(unquoted(source.substring(at, end)));
                }
                at = end;
            } else if (isCall(source, at, before)) {
                call = callAt(source, at);
                if (call.name !== undefined) { calls.push(call); }
                at = call.end;
            } else {
                at += 1;
            }
            if (!/\s/.test(letter)) { before = letter; }
        }
        return {calls: calls, strings: strings};
    }

    // Whether a name that is worked out can be one of `names`: a string holds a piece of one, of
    // two letters or more.
    function mayMean(strings, names) {
        var i, key;
        for (key in names) {
            if (names.hasOwnProperty(key)) {
                for (i = 0; i < strings.length; i += 1) {
                    if (/\S[\s\S]*\S/.test(strings[i])
                            && key.substring(2).indexOf(strings[i]) >= 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    // Put the new names for the old ones; `names` has them as {"n:" + old: new}.
    // Gives {source, unclear}: unclear when a name that is worked out may be one of them.
    function rewrite(source, names) {
        var found = read(source);
        var parts = [];
        var at = 0;
        var unclear = false;
        var i, call;
        for (i = 0; i < found.calls.length; i += 1) {
            call = found.calls[i];
            if (call.name === null) {
                unclear = unclear || mayMean(found.strings, names);
            } else if (names.hasOwnProperty("n:" + call.name)) {
                parts.push(source.substring(at, call.from), quoted(names["n:" + call.name]));
                at = call.end;
            }
        }
        parts.push(source.substring(at));
        return {source: parts.join(""), unclear: unclear};
    }

    return {rewrite: rewrite};
})();
