// Writes text into a layer's Source Text: its style stays, Arabic script gets what it needs.
FR.texts = (function () {
    var ARABIC = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
    var STRONG = /[A-Za-z\u00c0-\u02af\u0370-\u058f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
    var JUSTIFY = {
        left: "LEFT_JUSTIFY",
        center: "CENTER_JUSTIFY",
        right: "RIGHT_JUSTIFY",
        full: "FULL_JUSTIFY_LASTLINE_LEFT"
    };

    function property(layer) {
        var group = layer.property("ADBE Text Properties");
        return group ? group.property("ADBE Text Document") : null;
    }

    // What is stored, never what an expression makes of it: `value` is the latter.
    function stored(source) {
        if (source.numKeys > 0) { return source.keyValue(1); }
        return source.expressionEnabled && source.expression
            ? source.valueAtTime(0, true) : source.value;
    }

    function directionOf(text) {
        var strong = STRONG.exec(text);
        return strong && ARABIC.test(strong[0]) ? "rtl" : "ltr";
    }

    // What the value asks of the document, beside its text.
    function style(document, value, text) {
        var arabic = ARABIC.test(text);
        var direction = value.direction || (arabic ? directionOf(text) : null);
        if (value.font) { document.font = value.font; }
        if (value.size) { document.fontSize = value.size; }
        if (value.justify) {
            document.justification = ParagraphJustification[JUSTIFY[value.justify]];
        }
        if (arabic || direction === "rtl") {
            if (typeof ComposerEngine === "undefined") {
                throw new Error("this After Effects cannot set the composer and direction of text "
                    + "by script; use version 24 or newer for Arabic script");
            }
            if (document.composerEngine !== ComposerEngine.UNIVERSAL_TYPE_ENGINE) {
                document.composerEngine = ComposerEngine.UNIVERSAL_TYPE_ENGINE;
            }
        }
        if (direction !== null && typeof ParagraphDirection !== "undefined") {
            document.direction = direction === "rtl"
                ? ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
                : ParagraphDirection.DIRECTION_LEFT_TO_RIGHT;
        }
        return direction;
    }

    // An expression that never reads `value` would hide whatever we write.
    function check(source) {
        if (source.expressionEnabled && source.expression
                && !/(^|[^.\w$])value\b/.test(source.expression)) {
            throw new Error("its Source Text is driven by an expression that ignores the stored "
                + "text; remove the expression or let it use value");
        }
        if (source.numKeys > 1) {
            throw new Error("its Source Text has " + source.numKeys
                + " keyframes; a field must have none, or one");
        }
    }

    function verify(source, value, text) {
        var kept = stored(source);
        if (kept.text !== text) { throw new Error("After Effects kept another text"); }
        if (value.font && kept.font !== value.font) {
            throw new Error("After Effects kept the font " + kept.font
                + " instead of " + value.font);
        }
        if (ARABIC.test(text) && kept.composerEngine !== ComposerEngine.UNIVERSAL_TYPE_ENGINE) {
            throw new Error("the universal composer did not stay set");
        }
    }

    // Gives the direction that was set, or null when it was left alone.
    function write(layer, value) {
        var source = property(layer);
        var text = String(value.value).replace(/\r\n/g, "\r").replace(/\n/g, "\r");
        var document, direction;
        if (!(layer instanceof TextLayer) || !source) { throw new Error("it is not a text layer"); }
        check(source);
        document = stored(source);
        document.text = text;
        direction = style(document, value, text);
        if (source.numKeys === 1) {
            source.setValueAtKey(1, document);
        } else {
            source.setValue(document);
        }
        verify(source, value, text);
        return direction;
    }

    function read(layer) {
        var source = layer instanceof TextLayer ? property(layer) : null;
        return source ? stored(source).text : null;
    }

    return {write: write, read: read, property: property, stored: stored};
})();
