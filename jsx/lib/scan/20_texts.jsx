// Reads the first document of a text layer: what is stored, before any expression.
FR.scanTexts = (function () {
    var LONGEST = 200000;

    function of(document, name, words, constants) {
        var value = FR.read.of(document, name, null);
        return value === null || constants === null
            ? null : FR.read.named(constants, words, value);
    }

    function justify(document) {
        return of(document, "justification", {
            LEFT_JUSTIFY: "left",
            RIGHT_JUSTIFY: "right",
            CENTER_JUSTIFY: "center",
            FULL_JUSTIFY_LASTLINE_LEFT: "full",
            FULL_JUSTIFY_LASTLINE_RIGHT: "full",
            FULL_JUSTIFY_LASTLINE_CENTER: "full",
            FULL_JUSTIFY_LASTLINE_FULL: "full"
        }, ParagraphJustification);
    }

    // Releases before 24 know neither direction nor composer nor digits.
    function direction(document) {
        return of(document, "direction", {
            DIRECTION_LEFT_TO_RIGHT: "ltr",
            DIRECTION_RIGHT_TO_LEFT: "rtl"
        }, typeof ParagraphDirection === "undefined" ? null : ParagraphDirection);
    }

    function composer(document) {
        return of(document, "composerEngine", {
            LATIN_CJK_ENGINE: "latin",
            UNIVERSAL_TYPE_ENGINE: "universal"
        }, typeof ComposerEngine === "undefined" ? null : ComposerEngine);
    }

    function digits(document) {
        return of(document, "digitSet", {
            DEFAULT_DIGITS: 0,
            ARABIC_DIGITS: 1,
            HINDI_DIGITS: 2,
            FARSI_DIGITS: 3,
            ARABIC_DIGITS_RTL: 4
        }, typeof DigitSet === "undefined" ? null : DigitSet);
    }

    function box(document) {
        var size = FR.read.of(document, "boxText", false)
            ? FR.read.of(document, "boxTextSize", null) : null;
        return size === null ? null : {width: Number(size[0]), height: Number(size[1])};
    }

    // A part of the text may have another font; releases from 24.5 on list them all.
    function fonts(document, layer, used) {
        var first = FR.read.text(document, "font");
        var listed = used["l" + FR.read.of(layer, "id", "")] || [];
        var found = first === "" ? [] : [first];
        var i;
        for (i = 0; i < listed.length; i += 1) {
            if (listed[i] !== first) { found.push(listed[i]); }
        }
        return found;
    }

    // null for a layer that holds no text.
    function facts(layer, used) {
        var source = layer instanceof TextLayer ? FR.texts.property(layer) : null;
        var document = source ? FR.properties.stored(source) : null;
        var names, written;
        if (!document) { return null; }
        written = FR.read.cut(FR.read.of(document, "text", ""), LONGEST);
        names = fonts(document, layer, used);
        return {
            text: written.replace(/[\r\u0003]/g, "\n"),
            font: names.length > 0 ? names[0] : null,
            fonts: names,
            font_size: FR.read.number(document, "fontSize"),
            justify: justify(document),
            direction: direction(document),
            composer: composer(document),
            digit_set: digits(document),
            box: box(document)
        };
    }

    return {facts: facts};
})();
