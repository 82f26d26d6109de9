// Writes a colour in the notation of the default that it replaces.
FR.colors = (function () {
    function channel(hex, place) {
        return parseInt(hex.substring(place, place + 2), 16);
    }

    // "#RRGGBB" -> [r, g, b], 0 to 255; null when it is something else.
    function parseHex(value) {
        var match = /^#([0-9A-Fa-f]{6})$/.exec(value);
        if (!match) { return null; }
        return [channel(match[1], 0), channel(match[1], 2), channel(match[1], 4)];
    }

    // A colour as effects and solids hold it, 0 to 1; raises for what is no #RRGGBB.
    function fractions(value) {
        var rgb = parseHex(value);
        if (rgb === null) { throw new Error("\"" + value + "\" is not a colour; write #RRGGBB"); }
        return [rgb[0] / 255, rgb[1] / 255, rgb[2] / 255];
    }

    function rounded(value) {
        return String(Math.round(value * 10000) / 10000);
    }

    // null when the default is in no notation we know.
    function inNotationOf(present, value) {
        var text = present.replace(/^\s+/, "").replace(/\s+$/, "");
        var rgb = parseHex(value);
        var parts, i, small, separator;
        if (rgb === null) { return null; }
        if (/^#[0-9A-Fa-f]{6}$/.test(text)) { return value; }
        if (/^[0-9A-Fa-f]{6}$/.test(text)) { return value.substring(1); }
        if (/^#[0-9A-Fa-f]{8}$/.test(text)) { return value + text.substring(7); }
        if (/^[0-9A-Fa-f]{8}$/.test(text)) { return value.substring(1) + text.substring(6); }
        parts = text.split(",");
        if (parts.length !== 3 && parts.length !== 4) { return null; }
        small = text.indexOf(".") >= 0;
        for (i = 0; i < parts.length; i += 1) {
            if (!/^\s*[0-9]+(\.[0-9]+)?\s*$/.test(parts[i])) { return null; }
            if (Number(parts[i]) > 1) { small = false; }
        }
        separator = text.indexOf(", ") >= 0 ? ", " : ",";
        for (i = 0; i < 3; i += 1) {
            parts[i] = small ? rounded(rgb[i] / 255) : String(rgb[i]);
        }
        if (parts.length === 4) { parts[3] = parts[3].replace(/\s/g, ""); }
        return parts.join(separator);
    }

    // The same for a number that people may read: #RRGGBB of fractions.
    function words(color) {
        var text = "#";
        var i, part;
        for (i = 0; i < 3; i += 1) {
            part = Math.max(0, Math.min(255, Math.round(color[i] * 255))).toString(16);
            text += part.length < 2 ? "0" + part : part;
        }
        return text;
    }

    return {fractions: fractions, inNotationOf: inNotationOf, words: words};
})();
