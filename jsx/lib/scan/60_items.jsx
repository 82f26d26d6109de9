// Reads the items of the project: footage with its files, comps with their layers.
FR.scanItems = (function () {
    var PICTURES = /\.(png|jpe?g|tiff?|tga|exr|dpx|bmp|psd|cin|hdr|iff|pict?|sgi)$/i;

    // One form for comparing: macOS gives /private/var for /var.
    function plain(path) {
        return path.replace(/\\/g, "/").replace(/^\/private\//, "/");
    }

    // After Effects tells where it found a file: beside the project, that is no place of this node.
    function within(path, folder) {
        var home = plain(folder).replace(/\/+$/, "") + "/";
        var whole = plain(path);
        return whole.substring(0, home.length).toLowerCase() === home.toLowerCase()
            ? whole.substring(home.length) : path;
    }

    // A file that is not there is known by the path it was last seen at.
    function pathOf(source, folder) {
        var missing = FR.read.text(source, "missingFootagePath");
        var file = FR.read.of(source, "file", null);
        if (missing !== "" || file === null) { return missing; }
        return within(FR.read.text(file, "fsName"), folder);
    }

    function kindOf(source, path) {
        if (source instanceof SolidSource) { return "solid"; }
        if (source instanceof PlaceholderSource) { return "placeholder"; }
        if (!(source instanceof FileSource) || path === "") { return "unknown"; }
        return !FR.read.of(source, "isStill", true) && PICTURES.test(path) ? "sequence" : "file";
    }

    function channels(source) {
        var color = source instanceof SolidSource ? FR.read.of(source, "color", null) : null;
        var out = [];
        var i;
        if (color === null) { return null; }
        for (i = 0; i < 3; i += 1) {
            out.push(Math.min(255, Math.max(0, Math.round(color[i] * 255))));
        }
        return out;
    }

    function footage(item, folder) {
        var source = FR.read.of(item, "mainSource", null);
        var path = source === null ? "" : pathOf(source, folder);
        return {
            id: item.id,
            name: FR.read.text(item, "name"),
            kind: kindOf(source, path),
            path: path,
            width: FR.read.number(item, "width"),
            height: FR.read.number(item, "height"),
            duration_s: FR.read.number(item, "duration"),
            color: channels(source),
            missing: FR.read.of(item, "footageMissing", false) === true
        };
    }

    function comp(item, layers, progress) {
        var found = [];
        var i;
        for (i = 1; i <= item.numLayers; i += 1) {
            found.push(layers.facts(item.layer(i)));
            progress();
        }
        return {
            id: item.id,
            name: FR.read.text(item, "name"),
            width: FR.read.number(item, "width"),
            height: FR.read.number(item, "height"),
            frame_rate: FR.read.number(item, "frameRate"),
            pixel_aspect: FR.read.number(item, "pixelAspect"),
            duration_s: FR.read.number(item, "duration"),
            display_start_s: FR.read.number(item, "displayStartTime"),
            markers: layers.markers(FR.read.of(item, "markerProperty", null), 0, 1),
            layers: found
        };
    }

    // Every item that a template is made of, in the order of the project.
    function facts(layers, folder, progress) {
        var out = {footage: [], comps: []};
        var i, item;
        for (i = 1; i <= app.project.numItems; i += 1) {
            item = app.project.item(i);
            if (item instanceof CompItem) {
                out.comps.push(comp(item, layers, progress));
            } else if (item instanceof FootageItem) {
                out.footage.push(footage(item, folder));
            }
            progress();
        }
        return out;
    }

    return {facts: facts};
})();
