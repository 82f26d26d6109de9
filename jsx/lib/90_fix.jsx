// Mode fix: a field is the layer, or the renamed footage item, that carries its number.
FR.fix = function (fields, media, report) {
    var index = FR.project.layerIndex(FR.project.comps());
    var setter = FR.setter(fields, report);

    // The names that the convention gives a key, best first: scene c1, key t2 -> frl_c1t2.
    // A shared value's key is the whole name of its layer.
    function names(scene, key) {
        var plain = ["frl_" + key, "frd_" + key];
        if (!scene) { return [key].concat(plain); }
        return ["frl_" + scene + key, "frd_" + scene + key].concat(plain, [key]);
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

    // A scene that is a comp: its fields are the layers inside it.
    function inside(scene, key) {
        var wanted = [key, "frl_" + key, "frd_" + key];
        var i, hits;
        for (i = 0; scene && i < wanted.length; i += 1) {
            hits = setter.within(index.find(wanted[i]), scene);
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
                setter.attempt(place, item.name, "", function () {
                    return media.replaceItem(item, value);
                });
                return;
            }
        }
        if (hits.length === 0) { setter.missing(place, wanted); return; }
        hit = setter.choose(hits, scene || "frshare", place);
        if (hit) { setter.set(index, hit, place, value); }
    }

    function shared(value) { one(null, value); }

    return {one: one, shared: shared};
};
