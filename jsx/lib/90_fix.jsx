// Mode fix: a field is the layer, or the renamed footage item, that carries its number.
FR.fix = function (fields, media, report) {
    var all = FR.project.comps();
    var index = FR.project.layerIndex(all);

    // The names that the convention gives a key, best first: scene c1, key t2 -> frl_c1t2.
    function names(scene, key) {
        var found = ["frl_" + key, "frd_" + key, key];
        if (scene) { found = ["frl_" + scene + key, "frd_" + scene + key].concat(found); }
        return found;
    }

    function places(hits) {
        var texts = [];
        for (var i = 0; i < hits.length; i += 1) {
            texts.push("comp \"" + hits[i].comp.name + "\", layer " + hits[i].layer.index);
        }
        return texts.join("; ");
    }

    function inShare(hits) {
        var found = [];
        for (var i = 0; i < hits.length; i += 1) {
            if (FR.project.same(hits[i].comp.name, "frshare")) { found.push(hits[i]); }
        }
        return found;
    }

    // Tell apart the layers of one name; null when the report has the reason.
    function choose(hits, place) {
        var shared = inShare(hits);
        if (hits.length === 1) { return hits[0]; }
        if (shared.length === 1) { return shared[0]; }
        report.error("field_ambiguous", "the field " + FR.named(place) + " is " + hits.length
            + " layers (" + places(hits) + "); rename all but one in the template", place);
        return null;
    }

    function attempt(place, layerName, compName, work) {
        try {
            work();
            report.done(place, layerName, compName);
        } catch (error) {
            report.error("value_refused", "cannot set " + FR.named(place) + " in layer \""
                + layerName + "\": " + error.message,
                {scene: place.scene, key: place.key, layer: layerName, comp: compName});
        }
    }

    // The hidden layer that tells the template a text's direction.
    function tellDirection(layerName, direction) {
        var match = /^frl_(.*)$/i.exec(layerName);
        var hits = match ? index.find("frd_d" + match[1]) : [];
        if (direction && hits.length === 1) { FR.texts.write(hits[0].layer, {value: direction}); }
    }

    // The renamed item, unless a layer of that name shows something else.
    function itemFor(name, value, hits) {
        var items, i;
        if (value.kind !== "media" && value.kind !== "audio") { return null; }
        items = FR.project.footage(name);
        if (items.length !== 1) { return null; }
        for (i = 0; i < hits.length; i += 1) {
            if (hits[i].layer.source !== items[0]) { return null; }
        }
        return items[0];
    }

    function setLayer(hit, place, value) {
        attempt(place, hit.layer.name, hit.comp.name, function () {
            tellDirection(hit.layer.name, fields.write(hit.layer, value));
        });
    }

    function one(scene, value) {
        var place = {scene: scene, key: value.key};
        var wanted = names(scene, value.key);
        var i, hits, item, hit;
        for (i = 0; i < wanted.length; i += 1) {
            hits = index.find(wanted[i]);
            item = itemFor(wanted[i], value, hits);
            if (item) {
                attempt(place, item.name, "", function () { media.replaceItem(item, value); });
                return;
            }
            if (hits.length > 0) {
                hit = choose(hits, place);
                if (hit) { setLayer(hit, place, value); }
                return;
            }
        }
        report.error("field_missing", "the template has no layer for the field " + FR.named(place)
            + " (looked for " + wanted.join(", ") + "); scan the template again", place);
    }

    return {one: one};
};
