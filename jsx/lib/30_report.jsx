// Gathers what was written and what could not be; nothing is saved when there is an error.
FR.report = function () {
    var errors = [];
    var warnings = [];
    var applied = [];

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

    return {
        errors: errors,
        warnings: warnings,
        applied: applied,
        error: function (code, message, place) { errors.push(issue(code, message, place)); },
        warn: function (code, message, place) { warnings.push(issue(code, message, place)); },
        done: function (place, layerName, compName) {
            applied.push({scene: place.scene, key: place.key, layer: layerName, comp: compName});
        }
    };
};

// The sentence that names a field in every message.
FR.named = function (place) {
    var name = place.scene === undefined || place.scene === null || place.scene === ""
        ? place.key : place.scene + "." + place.key;
    return "\"" + name + "\"";
};
