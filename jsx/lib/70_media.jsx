// Puts a client's file in the place of a placeholder, fitted into the placeholder's frame.
FR.media = function (jobFolder) {
    var MOST_LOOPS = 9999;
    var imported = {};

    function fileOf(path) {
        var file = FR.files.at(jobFolder + "/" + path);
        if (!file.exists) { throw new Error("the file " + path + " is not in the job folder"); }
        return file;
    }

    // How long a film plays once, in seconds; 0 for what does not end.
    function lengthOf(item) { return isStill(item) ? 0 : item.duration; }

    function isStill(item) { return item.mainSource.isStill; }

    // Each file is imported once: {item, length}.
    function footage(path) {
        var key = "p:" + path;
        var item;
        if (!imported.hasOwnProperty(key)) {
            item = app.project.importFile(new ImportOptions(fileOf(path)));
            imported[key] = {item: item, length: lengthOf(item)};
        }
        return imported[key];
    }

    function check(item, value) {
        if (value.kind === "media" && !item.hasVideo) {
            throw new Error("the file has no picture");
        }
        if (value.kind === "audio" && !item.hasAudio) { throw new Error("the file has no sound"); }
    }

    function isShownBy(layer, item) {
        return layer instanceof AVLayer && layer.source && layer.source.id === item.id;
    }

    // Every layer that shows an item.
    function usersOf(item) {
        var comps = item.usedIn;
        var found = [];
        var i, j;
        for (i = 0; i < comps.length; i += 1) {
            for (j = 1; j <= comps[i].numLayers; j += 1) {
                if (isShownBy(comps[i].layer(j), item)) { found.push(comps[i].layer(j)); }
            }
        }
        return found;
    }

    // A layer that shows its source's name would take the new one's, and expressions lose it.
    function keepName(layer) {
        var name = layer.name;
        if (layer.isNameFromSource) { layer.name = name; }
    }

    function replaceInLayer(layer, value) {
        var old = layer.source;
        var frame, found, item;
        if (!(layer instanceof AVLayer) || !old) {
            throw new Error("it is not a layer with footage; only such a layer can take a file");
        }
        found = footage(value.value);
        item = found.item;
        check(item, value);
        frame = FR.placeholder(layer, old);
        if (value.kind === "media") { loop(item, found.length, frame.needed()); }
        if (isStill(item)) { frame.stopRemapping(); }
        keepName(layer);
        layer.replaceSource(item, false);
        settle(frame, item, value);
        return FR.outcome();
    }

    function isStillFile(path) {
        var probe = app.project.importFile(new ImportOptions(fileOf(path)));
        var still = isStill(probe);
        probe.remove();
        return still;
    }

    function replaceItem(item, value) {
        var layers = usersOf(item);
        var frames = [];
        var needed = 0;
        var i;
        for (i = 0; i < layers.length; i += 1) {
            frames.push(FR.placeholder(layers[i], item));
            needed = Math.max(needed, frames[i].needed());
            if (frames[i].isRemapped() && isStillFile(value.value)) { frames[i].stopRemapping(); }
        }
        item.replace(fileOf(value.value));
        check(item, value);
        // Replacing an item keeps how often the old one played.
        if (!isStill(item) && item.mainSource.loop !== 1) { item.mainSource.loop = 1; }
        if (value.kind === "media") { loop(item, lengthOf(item), needed); }
        for (i = 0; i < frames.length; i += 1) { settle(frames[i], item, value); }
        return FR.outcome();
    }

    // A film that is too short for its place begins again; a still and a sound do not. A film that
    // two layers show plays as often as the longer one needs.
    function loop(item, length, needed) {
        var times = length > 0 ? Math.min(Math.ceil(needed / length - 0.001), MOST_LOOPS) : 1;
        if (times > item.mainSource.loop) { item.mainSource.loop = times; }
    }

    function settle(frame, item, value) {
        frame.keepTimes();
        if (value.kind === "media") { frame.fit(item, value.fit || "contain"); }
    }

    // Layers that were duplicated share one solid; only this layer is to change its colour.
    function paintSolid(layer, color) {
        var solid = layer.source;
        var comp = layer.containingComp;
        var spare;
        if (usersOf(solid).length > 1) {
            keepName(layer);
            spare = comp.layers.addSolid(color, solid.name, solid.width, solid.height,
                solid.pixelAspect, comp.duration);
            layer.replaceSource(spare.source, false);
            spare.remove();
        }
        layer.source.mainSource.color = color;
    }

    return {replaceInLayer: replaceInLayer, replaceItem: replaceItem, paintSolid: paintSolid};
};
