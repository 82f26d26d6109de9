// Writes one value of any kind into one layer, whatever the layer is made of.
FR.fields = function (media) {
    var NUMBERS = ["ADBE Checkbox Control-0001", "ADBE Slider Control-0001",
        "ADBE Angle Control-0001"];
    var COLORS = ["ADBE Color Control-0001", "ADBE Fill-0002", "ADBE Tint-0002"];

    function effectValue(layer, names) {
        var parade = layer.property("ADBE Effect Parade");
        var i, j, found;
        for (i = 1; parade && i <= parade.numProperties; i += 1) {
            for (j = 0; j < names.length; j += 1) {
                found = parade.property(i).property(names[j]);
                if (found) { return found; }
            }
        }
        return null;
    }

    function writeStatic(property, value) {
        if (property.expressionEnabled && property.expression) {
            throw new Error("its property \"" + property.name + "\" is driven by an expression");
        }
        if (property.numKeys > 0) {
            throw new Error("its property \"" + property.name + "\" has keyframes");
        }
        property.setValue(value);
    }

    function parsed(value) {
        var rgb = FR.colors.parseHex(value.value);
        if (rgb === null) {
            throw new Error("\"" + value.value + "\" is not a colour; write #RRGGBB");
        }
        return rgb;
    }

    function color(layer, value) {
        var rgb = parsed(value);
        var present = FR.texts.read(layer);
        var written, target;
        if (present !== null) {
            written = FR.colors.inNotationOf(present, value.value);
            if (written === null) {
                throw new Error("its default \"" + present + "\" is not a colour; write it in the "
                    + "template as r,g,b,a or r,g,b or #RRGGBB");
            }
            FR.texts.write(layer, {value: written});
            return;
        }
        target = effectValue(layer, COLORS);
        if (target) { writeStatic(target, FR.colors.fractions(rgb)); return; }
        if (layer.source instanceof FootageItem && layer.source.mainSource instanceof SolidSource) {
            layer.source.mainSource.color = FR.colors.fractions(rgb).slice(0, 3);
            return;
        }
        throw new Error("it holds no colour: no text, no colour effect, no solid");
    }

    function number(layer, value) {
        var amount = value.value === "true" ? 1 : value.value === "false" ? 0 : Number(value.value);
        var target;
        if (FR.texts.read(layer) !== null) { FR.texts.write(layer, {value: value.value}); return; }
        if (isNaN(amount)) { throw new Error("\"" + value.value + "\" is not a number"); }
        target = effectValue(layer, NUMBERS) || effectValue(layer, [1]);
        if (!target) { throw new Error("it holds no number: no text and no control effect"); }
        writeStatic(target, amount);
    }

    // Gives the direction of a text that was set, else null.
    function write(layer, value) {
        var kind = value.kind;
        if (kind === "text" || kind === "textarea") { return FR.texts.write(layer, value); }
        if (kind === "media" || kind === "audio") {
            media.replaceInLayer(layer, value);
            return null;
        }
        if (kind === "color" || kind === "fill") { color(layer, value); return null; }
        number(layer, value);
        return null;
    }

    // Write into one property that was addressed by name (mode free).
    function writeProperty(property, value) {
        if (value.kind === "color" || value.kind === "fill") {
            writeStatic(property, FR.colors.fractions(parsed(value)));
        } else {
            if (isNaN(Number(value.value)) || value.value === "") {
                throw new Error("\"" + value.value + "\" is not a number");
            }
            writeStatic(property, Number(value.value));
        }
    }

    return {write: write, writeProperty: writeProperty};
};
