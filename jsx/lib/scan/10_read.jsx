// Reads what some objects and some releases lack, and keeps every string valid Unicode.
FR.read = (function () {
    var SUSPECT = /[\u0000\ud800-\udfff]/;

    // The attribute, or the fallback where it is missing, unknown or throws.
    function of(object, name, fallback) {
        var found;
        try {
            found = object[name];
        } catch (ignored) {
            // A text without a fill throws when its colour is read, and its kind is not alone.
            return fallback;
        }
        return found === undefined || found === null ? fallback : found;
    }

    function number(object, name) {
        var found = Number(of(object, name, 0));
        return isFinite(found) ? found : 0;
    }

    function isHigh(code) { return code >= 0xd800 && code <= 0xdbff; }

    function isLow(code) { return code >= 0xdc00 && code <= 0xdfff; }

    // Nothing that reads the result can keep NUL or half a character.
    function unicode(value) {
        var text = String(value);
        var out, i, code;
        if (!SUSPECT.test(text)) { return text; }
        out = [];
        for (i = 0; i < text.length; i += 1) {
            code = text.charCodeAt(i);
            if (isHigh(code) && isLow(text.charCodeAt(i + 1))) {
                out.push(text.substring(i, i + 2));
                i += 1;
            } else if (isHigh(code) || isLow(code)) {
                out.push("\ufffd");
            } else if (code !== 0) {
                out.push(text.charAt(i));
            }
        }
        return out.join("");
    }

    function text(object, name) {
        return unicode(of(object, name, ""));
    }

    // The beginning of a text, never ending in half a character.
    function cut(value, longest) {
        return unicode(String(value).substring(0, longest));
    }

    // A name as it is in the constants of this release: {LEFT_JUSTIFY: "left"} by its value.
    function named(constants, words, value) {
        var name;
        for (name in words) {
            if (words.hasOwnProperty(name) && constants[name] !== undefined
                    && constants[name] === value) {
                return words[name];
            }
        }
        return null;
    }

    return {of: of, number: number, text: text, cut: cut, named: named};
})();
