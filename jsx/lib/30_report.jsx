// Gathers what was written and what could not be; nothing is saved when there is an error.
FR.report = function () {
    var errors = [];
    var warnings = [];
    var applied = [];
    var unsettled = [];

    function issue(code, message, place) {
        var at = place || {};
        return {
            code: code,
            message: message,
            scene: at.scene,
            key: at.key,
            layer: at.layer,
            comp: at.comp,
            property: at.property
        };
    }

    function error(code, message, place) { errors.push(issue(code, message, place)); }
    function warn(code, message, place) { warnings.push(issue(code, message, place)); }

    // Note a value that was written; `outcome` holds what is to be said or looked at later.
    function done(place, layerName, compName, outcome) {
        var at = {scene: place.scene, key: place.key, layer: layerName, comp: compName};
        var i;
        applied.push(at);
        for (i = 0; outcome && i < outcome.notes.length; i += 1) {
            warn(outcome.notes[i].code, FR.named(place) + " in layer \"" + layerName + "\": "
                + outcome.notes[i].message, at);
        }
        for (i = 0; outcome && i < outcome.unsettled.length; i += 1) {
            unsettled.push({place: at, property: outcome.unsettled[i].property,
                change: outcome.unsettled[i].change});
        }
    }

    // Called when all values are written: an expression that hides a field's own value may show the
    // same from another field, such as a shared one; whatever else it shows is an error.
    function settle() {
        var i, entry, at, shown;
        for (i = 0; i < unsettled.length; i += 1) {
            entry = unsettled[i];
            at = entry.place;
            shown = entry.property.value;
            if (!entry.change.holds(shown)) {
                error("expression_wins", "cannot set " + FR.named(at) + " in layer \"" + at.layer
                    + "\": its property \"" + entry.property.name + "\" follows an expression that"
                    + " does not read its own value and shows " + entry.change.words(shown)
                    + "; let the expression use value, remove it, or set the field that it reads",
                    {
                        scene: at.scene,
                        key: at.key,
                        layer: at.layer,
                        comp: at.comp,
                        property: entry.property.name
                    });
            }
        }
        unsettled = [];
    }

    return {
        errors: errors,
        warnings: warnings,
        applied: applied,
        error: error,
        warn: warn,
        done: done,
        settle: settle
    };
};

// What writing one value left behind: the direction that a text got, notes for people, and
// properties whose expression must show the value in the end.
FR.outcome = function () {
    return {direction: null, notes: [], unsettled: []};
};

// The sentence that names a field in every message.
FR.named = function (place) {
    var name = place.scene === undefined || place.scene === null || place.scene === ""
        ? place.key : place.scene + "." + place.key;
    return "\"" + name + "\"";
};
