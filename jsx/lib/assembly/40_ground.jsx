// What the designer laid into flatrender: examples of scenes, which go, and layers, which stay.
FR.ground = function (copies) {
    // A field or a container, as the convention names them; a colour slot alone makes no scene.
    function isCandidate(comp) {
        var i, name;
        if (/^frc_./i.test(comp.name)) { return true; }
        for (i = 1; i <= comp.numLayers; i += 1) {
            name = comp.layer(i).name;
            if (/^frl_./i.test(name) || (/^frd_./i.test(name) && !/color$/i.test(name))) {
                return true;
            }
        }
        return false;
    }

    function showsScene(source) {
        var list, i;
        if (!(source instanceof CompItem) || copies.isShared(source)) { return false; }
        list = copies.inside(source);
        for (i = 0; i < list.length; i += 1) {
            if (isCandidate(list[i])) { return true; }
        }
        return false;
    }

    // The first example says between which layers the scenes lie: above `below`. Without an
    // example they lie below all others.
    function sort(comp) {
        var kept = [];
        var examples = [];
        var below = null;
        var i, layer;
        for (i = 1; i <= comp.numLayers; i += 1) {
            layer = comp.layer(i);
            if (showsScene(layer.source)) {
                examples.push(layer);
            } else {
                kept.push(layer);
                if (examples.length > 0 && below === null) { below = layer; }
            }
        }
        return {kept: kept, examples: examples, below: below};
    }

    function remove(layers) {
        for (var i = 0; i < layers.length; i += 1) {
            if (layers[i].locked) { layers[i].locked = false; }
            layers[i].remove();
        }
    }

    // Watch the expressions of what stays. The examples are left out: they will not be there.
    function watch(comp, kept) {
        var list = [{
            name: comp.name,
            numLayers: kept.length,
            layer: function (index) { return kept[index - 1]; }
        }];
        var i, j, nested;
        for (i = 0; i < kept.length; i += 1) {
            if (kept[i].source instanceof CompItem) {
                nested = FR.project.reachable(kept[i].source);
                for (j = 0; j < nested.length; j += 1) { list.push(nested[j]); }
            }
        }
        return FR.expressions.watch(FR.project.once(list));
    }

    return {sort: sort, remove: remove, watch: watch};
};
