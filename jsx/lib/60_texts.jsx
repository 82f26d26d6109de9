// Writes text into a layer's Source Text: its style stays, Arabic script gets what it needs.
FR.texts = (function () {
    var ARABIC = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
    var STRONG = /[A-Za-z\u00c0-\u02af\u0370-\u058f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
    var LONGEST_SHOWN = 60;
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

    function isRightToLeft(document) {
        return typeof ParagraphDirection !== "undefined"
            && document.direction === ParagraphDirection.DIRECTION_RIGHT_TO_LEFT;
    }

    // The direction that a text asks for by its letters; null leaves the template's. A template
    // that runs from right to left keeps doing so for Arabic script that begins with a Latin word.
    function directionOf(text, document) {
        var strong = STRONG.exec(text);
        if (!strong) { return null; }
        if (ARABIC.test(text)) {
            return isRightToLeft(document) || ARABIC.test(strong[0]) ? "rtl" : "ltr";
        }
        return isRightToLeft(document) ? "ltr" : null;
    }

    function setComposer(document) {
        if (typeof ComposerEngine === "undefined") {
            throw new Error("this After Effects cannot set the composer and direction of text "
                + "by script; use version 24 or newer for Arabic script");
        }
        if (document.composerEngine !== ComposerEngine.UNIVERSAL_TYPE_ENGINE) {
            document.composerEngine = ComposerEngine.UNIVERSAL_TYPE_ENGINE;
        }
    }

    // What the value asks of the document, beside its text; gives the direction, null if untouched.
    function style(document, value, text) {
        var arabic = ARABIC.test(text);
        var direction = value.direction || directionOf(text, document);
        if (value.font) { document.font = value.font; }
        if (value.size) { document.fontSize = value.size; }
        if (value.justify) {
            document.justification = ParagraphJustification[JUSTIFY[value.justify]];
        }
        if (arabic || direction === "rtl") { setComposer(document); }
        if (direction !== null && typeof ParagraphDirection !== "undefined") {
            document.direction = direction === "rtl"
                ? ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
                : ParagraphDirection.DIRECTION_LEFT_TO_RIGHT;
        }
        return direction;
    }

    // A refused style is told by After Effects with the next document that is read, not before.
    function verify(document, value, text, direction) {
        if (value.font && document.font !== value.font) {
            throw new Error("After Effects kept the font " + document.font
                + " instead of " + value.font);
        }
        if (value.size && Math.abs(document.fontSize - value.size) > 0.01) {
            throw new Error("After Effects kept the size " + document.fontSize
                + " instead of " + value.size);
        }
        if (value.justify
                && document.justification !== ParagraphJustification[JUSTIFY[value.justify]]) {
            throw new Error("After Effects did not keep the justification " + value.justify);
        }
        if (direction !== null && typeof ParagraphDirection !== "undefined"
                && isRightToLeft(document) !== (direction === "rtl")) {
            throw new Error("After Effects did not keep the direction " + direction);
        }
        if (ARABIC.test(text) && document.composerEngine !== ComposerEngine.UNIVERSAL_TYPE_ENGINE) {
            throw new Error("the universal composer did not stay set");
        }
    }

    // A document is what keys and static values hold, a string what an expression may show.
    function words(shown) {
        var text = typeof shown === "string" ? shown : shown ? String(shown.text) : "nothing";
        if (text.length > LONGEST_SHOWN) { text = text.substring(0, LONGEST_SHOWN) + "..."; }
        return "\"" + text + "\"";
    }

    // Gives the outcome, with the direction that was set or null when it was left alone.
    function write(layer, value) {
        var source = property(layer);
        var outcome = FR.outcome();
        var text = String(value.value).replace(/\r\n/g, "\r").replace(/\n/g, "\r");
        if (!(layer instanceof TextLayer) || !source) { throw new Error("it is not a text layer"); }
        FR.properties.unlock(layer);
        FR.properties.write(source, {
            make: function (document) {
                document.text = text;
                outcome.direction = style(document, value, text);
                return document;
            },
            holds: function (shown) { return shown === text || (shown && shown.text === text); },
            words: words
        }, outcome);
        verify(FR.properties.stored(source), value, text, outcome.direction);
        if (FR.properties.stored(source).boxOverflow === true) {
            outcome.notes.push({code: "text_overflows",
                message: "the text does not fit into its box, so that its end is hidden"});
        }
        return outcome;
    }

    function read(layer) {
        var source = layer instanceof TextLayer ? property(layer) : null;
        return source ? FR.properties.stored(source).text : null;
    }

    return {write: write, read: read, property: property};
})();
