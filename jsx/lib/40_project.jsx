// Finds comps, layers and items by name; matching ignores case, as the convention says.
FR.project = (function () {
    function same(left, right) {
        return left.toLowerCase() === right.toLowerCase();
    }

    function comps() {
        var found = [];
        var i, item;
        for (i = 1; i <= app.project.numItems; i += 1) {
            item = app.project.item(i);
            if (item instanceof CompItem) { found.push(item); }
        }
        return found;
    }

    // Solids are not meant: layers that were duplicated share one, under the first one's name.
    function footage(name) {
        var found = [];
        var i, item;
        for (i = 1; i <= app.project.numItems; i += 1) {
            item = app.project.item(i);
            if (item instanceof FootageItem && same(item.name, name)
                    && !(item.mainSource instanceof SolidSource)) {
                found.push(item);
            }
        }
        return found;
    }

    function compsNamed(name) {
        var all = comps();
        var found = [];
        var i;
        for (i = 0; i < all.length; i += 1) {
            if (all[i].name === name) { found.push(all[i]); }
        }
        return found;
    }

    // Every layer of the project under its name in lower case: [{layer, comp}].
    function layerIndex(list) {
        var index = {};
        var i, j, comp, layer, key;
        for (i = 0; i < list.length; i += 1) {
            comp = list[i];
            for (j = 1; j <= comp.numLayers; j += 1) {
                layer = comp.layer(j);
                key = "n:" + layer.name.toLowerCase();
                if (!index.hasOwnProperty(key)) { index[key] = []; }
                index[key].push({layer: layer, comp: comp});
            }
        }
        return {
            find: function (name) {
                var key = "n:" + name.toLowerCase();
                return index.hasOwnProperty(key) ? index[key] : [];
            }
        };
    }

    // Every item of the list once; what has no id is kept as it is.
    function once(list) {
        var found = [];
        var known = {};
        for (var i = 0; i < list.length; i += 1) {
            if (list[i].id === undefined || !known["i" + list[i].id]) {
                known["i" + list[i].id] = true;
                found.push(list[i]);
            }
        }
        return found;
    }

    // The comps and every comp that they show, each once.
    function reachableFrom(starts) {
        var found = starts.slice(0);
        var known = {};
        var i, j, source;
        for (i = 0; i < found.length; i += 1) { known["i" + found[i].id] = true; }
        for (i = 0; i < found.length; i += 1) {
            for (j = 1; j <= found[i].numLayers; j += 1) {
                source = found[i].layer(j).source;
                if (source instanceof CompItem && !known["i" + source.id]) {
                    known["i" + source.id] = true;
                    found.push(source);
                }
            }
        }
        return found;
    }

    function hasSound(list) {
        var i, j, layer;
        for (i = 0; i < list.length; i += 1) {
            for (j = 1; j <= list[i].numLayers; j += 1) {
                layer = list[i].layer(j);
                if (layer instanceof AVLayer && layer.hasAudio && layer.audioEnabled
                        && layer.source instanceof FootageItem) {
                    return true;
                }
            }
        }
        return false;
    }

    return {
        comps: comps,
        compsNamed: compsNamed,
        footage: footage,
        layerIndex: layerIndex,
        once: once,
        reachable: function (comp) { return reachableFrom([comp]); },
        reachableFrom: reachableFrom,
        hasSound: hasSound,
        same: same
    };
})();
