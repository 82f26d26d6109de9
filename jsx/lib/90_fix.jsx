// Mode fix: a field is the layer, or the renamed footage item, that carries its number.
FR.fix = function (fields, media, report) {
    var all = FR.project.comps();
    var index = FR.project.layerIndex(all);

    // The names that the convention gives a key, best first: scene c1, key t2 -> frl_c1t2.
    // A shared value's key is the whole name of its layer.
    function names(scene, key) {
        var plain = ["frl_" + key, "frd_" + key];
        if (!scene) { return [key].concat(plain); }
        return ["frl_" + scene + key, "frd_" + scene + key].concat(plain, [key]);
    }

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

    // Tell apart the layers of one name: a scene may be a comp, shared values stand in frshare.
    // Gives null when the report has the reason.
    function choose(hits, place) {
        var near = within(hits, place.scene || "frshare");
        if (near.length === 1) { return near[0]; }
        if (near.length === 0 && hits.length === 1) { return hits[0]; }
        if (near.length === 0) { near = hits; }
        report.error("field_ambiguous", "the field " + FR.named(place) + " is " + near.length
            + " layers (" + places(near) + "); rename all but one in the template", place);
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

    // The hidden layer that tells the template a text's direction, in the comp of the text.
    function tellDirection(hit, layerName, direction) {
        var match = /^frl_(.*)$/i.exec(layerName);
        var found = match ? within(index.find("frd_d" + match[1]), hit.comp.name) : [];
        if (direction && found.length === 1) {
            FR.texts.write(found[0].layer, {value: direction});
        }
    }

    // The renamed item, unless a layer of that name shows something else.
    function itemFor(name, value, hits) {
        var items, i;
        if (value.kind !== "media" && value.kind !== "audio") { return null; }
        items = FR.project.footage(name);
        if (items.length !== 1) { return null; }
        for (i = 0; i < hits.length; i += 1) {
            if (hits[i].layer.source !== items[0] || !hits[i].layer.isNameFromSource) {
                return null;
            }
        }
        return items[0];
    }

    function setLayer(hit, place, value) {
        var name = hit.layer.name;
        attempt(place, name, hit.comp.name, function () {
            tellDirection(hit, name, fields.write(hit.layer, value));
        });
    }

    // A scene that is a comp: its fields are the layers inside it.
    function inside(scene, key) {
        var wanted = [key, "frl_" + key, "frd_" + key];
        var i, hits;
        for (i = 0; scene && i < wanted.length; i += 1) {
            hits = within(index.find(wanted[i]), scene);
            if (hits.length > 0) { return hits; }
        }
        return [];
    }

    function one(scene, value) {
        var place = {scene: scene, key: value.key};
        var wanted = names(scene, value.key);
        var hits = inside(scene, value.key);
        var i, item, hit;
        for (i = 0; hits.length === 0 && i < wanted.length; i += 1) {
            hits = index.find(wanted[i]);
            item = itemFor(wanted[i], value, hits);
            if (item) {
                attempt(place, item.name, "", function () { media.replaceItem(item, value); });
                return;
            }
        }
        if (hits.length === 0) {
            report.error("field_missing", "the template has no layer for the field "
                + FR.named(place) + " (looked for " + wanted.join(", ")
                + "); scan the template again", place);
            return;
        }
        hit = choose(hits, place);
        if (hit) { setLayer(hit, place, value); }
    }

    return {one: one};
};
