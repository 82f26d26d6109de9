// Sets the one field that is meant, or reports why not: what every mode with names shares.
FR.setter = function (fields, report) {
    function within(hits, compName) {
        var found = [];
        for (var i = 0; i < hits.length; i += 1) {
            if (FR.project.same(hits[i].comp.name, compName)) { found.push(hits[i]); }
        }
        return found;
    }

    function places(hits) {
        var texts = [];
        for (var i = 0; i < hits.length; i += 1) {
            texts.push("comp \"" + hits[i].comp.name + "\", layer " + hits[i].layer.index);
        }
        return texts.join("; ");
    }

    // Tell apart the layers of one name: those of the comp `home` go first.
    // Gives null when the report has the reason.
    function choose(hits, home, place) {
        var near = within(hits, home);
        if (near.length === 1) { return near[0]; }
        if (near.length === 0 && hits.length === 1) { return hits[0]; }
        if (near.length === 0) { near = hits; }
        report.error("field_ambiguous", "the field " + FR.named(place) + " is " + near.length
            + " layers (" + places(near) + "); rename all but one in the template", place);
        return null;
    }

    function missing(place, wanted) {
        report.error("field_missing", "the template has no layer for the field " + FR.named(place)
            + " (looked for " + wanted.join(", ") + "); scan the template again", place);
    }

    // `work` gives the outcome of writing, or raises why it cannot be done.
    function attempt(place, layerName, compName, work) {
        try {
            report.done(place, layerName, compName, work());
        } catch (error) {
            report.error("value_refused", "cannot set " + FR.named(place) + " in layer \""
                + layerName + "\": " + error.message,
                {scene: place.scene, key: place.key, layer: layerName, comp: compName});
        }
    }

    // The hidden layer that tells the template a text's direction: the one in the text's comp, else
    // the only one there is, unless it speaks of a field of its own comp. The scan does the same.
    function directionLayer(index, hit, key) {
        var every = index.find("frd_d" + key);
        var near = within(every, hit.comp.name);
        if (near.length > 0) { return near.length === 1 ? near[0] : null; }
        if (every.length !== 1) { return null; }
        return within(index.find("frl_" + key), every[0].comp.name).length > 0 ? null : every[0];
    }

    function tellDirection(index, hit, layerName, direction) {
        var match = /^frl_(.*)$/i.exec(layerName);
        var found = direction && match ? directionLayer(index, hit, match[1]) : null;
        if (found) { FR.texts.write(found.layer, {value: direction}); }
    }

    function set(index, hit, place, value) {
        var name = hit.layer.name;
        attempt(place, name, hit.comp.name, function () {
            var outcome = fields.write(hit.layer, value);
            tellDirection(index, hit, name, outcome.direction);
            return outcome;
        });
    }

    return {attempt: attempt, choose: choose, missing: missing, set: set, within: within};
};
