// Reads a layer's effects, the values of its control effects, and which effects are not installed.
FR.scanEffects = (function () {
    // The one value of these is their parameter 0001, of a Fill its second, the colour.
    var CONTROLS = {
        "ADBE Color Control": "color",
        "ADBE Slider Control": "number",
        "ADBE Angle Control": "number",
        "ADBE Checkbox Control": "checkbox",
        "ADBE Dropdown Control": "dropdown",
        "ADBE Point Control": "point",
        "ADBE Point3D Control": "point",
        "ADBE Layer Control": "layer"
    };

    var HAS_VALUE = /^(ADBE .* Control|ADBE Fill|Pseudo\/@@.*)$/;
    var LONGEST_MENU = 500;
    var LONGEST_WORD = 500;

    // The value that is stored: the first key's, and never an expression's.
    function stored(property) {
        if (property.numKeys > 0) { return property.keyValue(1); }
        return property.expressionEnabled && property.expression
            ? property.valueAtTime(0, true) : property.value;
    }

    function values(property, kind) {
        var found = stored(property);
        var list = found instanceof Array ? found : [found];
        var out = [];
        var i, part;
        for (i = 0; i < list.length && i < 4; i += 1) {
            part = Number(list[i]);
            out.push(!isFinite(part) ? 0 : kind === "color" || kind === "fill" ? part * 255 : part);
        }
        return out;
    }

    // Each drop-down menu is an effect of its own name, made when it was added.
    function kindOf(property, match) {
        if (CONTROLS.hasOwnProperty(match)) { return CONTROLS[match]; }
        if (match === "ADBE Fill") { return "fill"; }
        return FR.read.of(property, "isDropdownEffect", false) === true ? "dropdown" : null;
    }

    function options(property, kind) {
        var words = kind === "dropdown" ? FR.read.of(property, "propertyParameters", []) : [];
        var out = [];
        var i;
        for (i = 0; i < words.length && i < LONGEST_MENU; i += 1) {
            out.push(FR.read.cut(words[i], LONGEST_WORD));
        }
        return out;
    }

    function control(effect, match) {
        var property = effect.property(match + (match === "ADBE Fill" ? "-0002" : "-0001"));
        var kind = property ? kindOf(property, match) : null;
        if (kind === null) { return []; }
        return [{
            name: FR.read.text(property, "name"),
            kind: kind,
            values: values(property, kind),
            keyframed: property.numKeys > 0,
            driven: Boolean(property.expressionEnabled && property.expression),
            options: options(property, kind)
        }];
    }

    // Every effect of this After Effects by its match name; null where it does not tell.
    function installed() {
        var list = FR.read.of(app, "effects", null);
        var known = {};
        var i;
        for (i = 0; list !== null && i < list.length; i += 1) {
            known["m:" + list[i].matchName] = true;
        }
        return list === null || list.length === 0 ? null : known;
    }

    // Pseudo effects live in the project, and not all of Adobe's own are listed.
    function isMissing(match, name, known) {
        if (name.indexOf("Missing:") === 0) { return true; }
        return known !== null && !known["m:" + match] && !/^(ADBE |Pseudo\/)/.test(match);
    }

    function facts(layer, known) {
        var parade = layer.property("ADBE Effect Parade");
        var found = [];
        var i, effect, match, name;
        for (i = 1; parade && i <= parade.numProperties; i += 1) {
            effect = parade.property(i);
            match = FR.read.text(effect, "matchName");
            name = FR.read.text(effect, "name");
            found.push({
                match_name: match,
                name: name,
                enabled: Boolean(FR.read.of(effect, "enabled", true)),
                missing: isMissing(match, name, known),
                controls: HAS_VALUE.test(match) ? control(effect, match) : []
            });
        }
        return found;
    }

    return {facts: facts, installed: installed};
})();
