// Puts a client's file in the place of a placeholder, fitted into the placeholder's frame.
FR.media = function (jobFolder) {
    var imported = {};

    function fileOf(path) {
        var file = FR.files.at(jobFolder + "/" + path);
        if (!file.exists) { throw new Error("the file " + path + " is not in the job folder"); }
        return file;
    }

    function footage(path) {
        var key = "p:" + path;
        if (!imported.hasOwnProperty(key)) {
            imported[key] = app.project.importFile(new ImportOptions(fileOf(path)));
        }
        return imported[key];
    }

    // Every value of a property: its keyframes', or its one static value.
    function valuesOf(property) {
        var values = [];
        var i;
        for (i = 1; i <= property.numKeys; i += 1) { values.push(property.keyValue(i)); }
        if (values.length === 0) { values.push(property.value); }
        return values;
    }

    function setScaled(property, values, factors) {
        var i, j, scaled;
        for (i = 0; i < values.length; i += 1) {
            scaled = [];
            for (j = 0; j < values[i].length; j += 1) {
                scaled.push(j < factors.length ? values[i][j] * factors[j] : values[i][j]);
            }
            if (property.numKeys > 0) {
                property.setValueAtKey(i + 1, scaled);
            } else {
                property.setValue(scaled);
            }
        }
    }

    // Taken before the source changes: an untouched anchor follows the new source by itself.
    function frameOf(layer, source) {
        var group = layer.property("ADBE Transform Group");
        return {
            layer: layer,
            width: source.width,
            height: source.height,
            anchors: valuesOf(group.property("ADBE Anchor Point")),
            scales: valuesOf(group.property("ADBE Scale"))
        };
    }

    // Keeps the layer's look: the new picture lies inside the old frame, centred where it was.
    function fit(frame, item) {
        var group = frame.layer.property("ADBE Transform Group");
        var across = item.width / frame.width;
        var down = item.height / frame.height;
        var factor = 1 / Math.max(across, down);
        if (!(frame.width > 0 && frame.height > 0 && item.width > 0 && item.height > 0)) { return; }
        setScaled(group.property("ADBE Anchor Point"), frame.anchors, [across, down]);
        setScaled(group.property("ADBE Scale"), frame.scales, [factor, factor]);
    }

    function replaceInLayer(layer, value) {
        var old = layer.source;
        var frame, item;
        if (!(layer instanceof AVLayer) || !old) {
            throw new Error("it is not a layer with footage; only such a layer can take a file");
        }
        frame = frameOf(layer, old);
        item = footage(value.value);
        check(item, value);
        layer.replaceSource(item, false);
        if (value.kind === "media") { fit(frame, item); }
    }

    function check(item, value) {
        if (value.kind === "media" && !item.hasVideo) {
            throw new Error("the file has no picture");
        }
        if (value.kind === "audio" && !item.hasAudio) { throw new Error("the file has no sound"); }
    }

    function replaceItem(item, value) {
        var used = item.usedIn;
        var frames = [];
        var i, j, layer;
        for (i = 0; value.kind === "media" && i < used.length; i += 1) {
            for (j = 1; j <= used[i].numLayers; j += 1) {
                layer = used[i].layer(j);
                if (layer instanceof AVLayer && layer.source === item) {
                    frames.push(frameOf(layer, item));
                }
            }
        }
        item.replace(fileOf(value.value));
        check(item, value);
        for (i = 0; i < frames.length; i += 1) { fit(frames[i], item); }
    }

    return {replaceInLayer: replaceInLayer, replaceItem: replaceItem};
};
