// Writes one value of any kind into one layer, whatever the layer is made of.
FR.fields = function (media) {
    var NEAR = 0.001;
    var CONTROLS = {
        checkbox: ["ADBE Checkbox Control-0001"],
        number: ["ADBE Slider Control-0001", "ADBE Angle Control-0001",
            "ADBE Point Control-0001", "ADBE Point3D Control-0001"],
        dropdown: [],
        color: ["ADBE Color Control-0001", "ADBE Fill-0002", "ADBE Tint-0002"]
    };

    function isColor(value) { return value.kind === "color" || value.kind === "fill"; }

    function fits(property, value) {
        var names = CONTROLS[isColor(value) ? "color" : value.kind];
        var i;
        if (value.kind === "dropdown") { return property.isDropdownEffect === true; }
        for (i = 0; i < names.length; i += 1) {
            if (property.matchName === names[i]) { return true; }
        }
        return false;
    }

    // The first control of the kind that nothing moves, as the scan chose it; else the first one.
    function control(layer, value) {
        var parade = layer.property("ADBE Effect Parade");
        var first = null;
        var i, j, effect, property;
        for (i = 1; parade && i <= parade.numProperties; i += 1) {
            effect = parade.property(i);
            for (j = 1; j <= effect.numProperties; j += 1) {
                property = effect.property(j);
                if (property.propertyType === PropertyType.PROPERTY && fits(property, value)) {
                    if (property.numKeys === 0 && !FR.properties.isDriven(property)) {
                        return property;
                    }
                    first = first || property;
                }
            }
        }
        return first;
    }

    function amount(word) {
        var text = String(word).replace(/^\s+/, "").replace(/\s+$/, "");
        if (text === "true") { return 1; }
        if (text === "false") { return 0; }
        if (!/^[\-+]?[0-9]+(\.[0-9]+)?$/.test(text)) {
            throw new Error("\"" + word + "\" is not a number");
        }
        return Number(text);
    }

    function amounts(property, value) {
        var stored = FR.properties.stored(property);
        var parts = String(value.value).split(",");
        var found = [];
        var i;
        if (!(stored instanceof Array)) { return amount(value.value); }
        if (parts.length !== stored.length) {
            throw new Error("its property \"" + property.name + "\" takes " + stored.length
                + " numbers with commas between them, not \"" + value.value + "\"");
        }
        for (i = 0; i < parts.length; i += 1) { found.push(amount(parts[i])); }
        return found;
    }

    function checkRange(property, number) {
        if ((property.hasMin && number < property.minValue)
                || (property.hasMax && number > property.maxValue)) {
            throw new Error("its property \"" + property.name + "\" takes "
                + (property.hasMin ? property.minValue : "anything") + " to "
                + (property.hasMax ? property.maxValue : "anything") + ", not " + number);
        }
    }

    function same(left, right) {
        var i;
        if (!(right instanceof Array)) {
            return typeof left === "number" && Math.abs(left - right) <= NEAR;
        }
        for (i = 0; i < right.length; i += 1) {
            if (!left || Math.abs(left[i] - right[i]) > NEAR) { return false; }
        }
        return true;
    }

    function writeColor(property, value, outcome) {
        var wanted = FR.colors.fractions(value.value);
        FR.properties.write(property, {
            // The alpha stays: orders give none.
            make: function (old) { return wanted.concat(old.slice(3)); },
            holds: function (shown) { return same(shown, wanted); },
            words: FR.colors.words
        }, outcome);
    }

    function writeNumbers(property, value, outcome) {
        var wanted = amounts(property, value);
        if (!(wanted instanceof Array)) { checkRange(property, wanted); }
        FR.properties.write(property, {
            make: function () { return wanted; },
            holds: function (shown) { return same(shown, wanted); },
            words: String
        }, outcome);
    }

    function isNumeric(property) {
        var type = property.propertyValueType;
        return type === PropertyValueType.OneD || type === PropertyValueType.TwoD
            || type === PropertyValueType.TwoD_SPATIAL || type === PropertyValueType.ThreeD
            || type === PropertyValueType.ThreeD_SPATIAL;
    }

    function takes(property, value) {
        return isColor(value) ? property.propertyValueType === PropertyValueType.COLOR
            : isNumeric(property);
    }

    function put(property, value) {
        var outcome = FR.outcome();
        if (!takes(property, value)) {
            throw new Error("its property \"" + property.name + "\" is no place for a "
                + (isColor(value) ? "colour" : "number"));
        }
        if (isColor(value)) {
            writeColor(property, value, outcome);
        } else {
            writeNumbers(property, value, outcome);
        }
        return outcome;
    }

    // In words: a switch keeps the spelling of its default, which expressions compare with.
    function spelled(present, value) {
        var on;
        if (value.kind !== "checkbox") { amount(value.value); return value.value; }
        on = amount(value.value) !== 0;
        if (/^\s*[01]\s*$/.test(present)) { return on ? "1" : "0"; }
        if (/^\s*(TRUE|FALSE)\s*$/.test(present)) { return on ? "TRUE" : "FALSE"; }
        if (/^\s*(True|False)\s*$/.test(present)) { return on ? "True" : "False"; }
        return on ? "true" : "false";
    }

    function written(present, value) {
        var text;
        if (!isColor(value)) { return spelled(present, value); }
        FR.colors.fractions(value.value);
        text = FR.colors.inNotationOf(present, value.value);
        if (text === null) {
            throw new Error("its default \"" + present + "\" is not a colour; write it in the "
                + "template as r,g,b,a or r,g,b or #RRGGBB");
        }
        return text;
    }

    function hidden(layer, value) {
        var present = FR.texts.read(layer);
        var target;
        if (present !== null) {
            return FR.texts.write(layer, {value: written(present, value)});
        }
        FR.properties.unlock(layer);
        target = control(layer, value);
        if (target) { return put(target, value); }
        if (isColor(value) && layer.source instanceof FootageItem
                && layer.source.mainSource instanceof SolidSource) {
            media.paintSolid(layer, FR.colors.fractions(value.value));
            return FR.outcome();
        }
        throw new Error(isColor(value) ? "it holds no colour: no text, no colour effect, no solid"
            : "it holds no " + value.kind + ": no text and no control effect for one");
    }

    // Gives the outcome; raises with what is wrong for a person to read.
    function write(layer, value) {
        var kind = value.kind;
        if (kind === "text" || kind === "textarea") { return FR.texts.write(layer, value); }
        if (kind === "media" || kind === "audio") { return media.replaceInLayer(layer, value); }
        return hidden(layer, value);
    }

    // Write into the property that was addressed by name (mode free), or into the first one of a
    // group that takes such a value, as an effect does for its colour.
    function writeProperty(layer, target, value) {
        var i, child;
        FR.properties.unlock(layer);
        if (target.propertyType === PropertyType.PROPERTY) { return put(target, value); }
        for (i = 1; i <= target.numProperties; i += 1) {
            child = target.property(i);
            if (child.propertyType === PropertyType.PROPERTY && takes(child, value)) {
                return put(child, value);
            }
        }
        throw new Error("\"" + target.name + "\" holds no "
            + (isColor(value) ? "colour" : "number"));
    }

    return {write: write, writeProperty: writeProperty};
};
