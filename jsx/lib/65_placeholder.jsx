// The place that a layer's footage takes in the picture and in time; what replaces it keeps both.
FR.placeholder = function (layer, source) {
    // A layer of sound alone has neither.
    var transform = source.hasVideo ? layer.property("ADBE Transform Group") : null;
    var anchor = transform && transform.property("ADBE Anchor Point");
    var scale = transform && transform.property("ADBE Scale");
    // Taken before the source changes: an untouched anchor follows the new source by itself.
    var anchors = anchor ? FR.properties.all(anchor) : [];
    var scales = scale ? FR.properties.all(scale) : [];
    var width = source.width;
    var height = source.height;
    var inPoint = layer.inPoint;
    var outPoint = layer.outPoint;

    FR.properties.unlock(layer);

    // How much of the footage is played, in seconds; 0 for a still.
    function needed() {
        var speed = Math.abs(layer.stretch) / 100 || 1;
        var span = Math.max(Math.abs(inPoint - layer.startTime),
            Math.abs(outPoint - layer.startTime)) / speed;
        return layer.timeRemapEnabled ? source.duration : span;
    }

    function isRemapped() { return layer.timeRemapEnabled === true; }

    // A still has no time to remap; once it is there the switch cannot be moved.
    function stopRemapping() {
        if (isRemapped()) { layer.timeRemapEnabled = false; }
    }

    // Replacing may cut a layer to the length of what it shows now.
    function keepTimes() {
        if (layer.inPoint !== inPoint) { layer.inPoint = inPoint; }
        if (layer.outPoint !== outPoint) { layer.outPoint = outPoint; }
    }

    // What the scale has to be multiplied with, across and down.
    function factors(item, how) {
        var across = width / item.width;
        var down = height / item.height;
        if (how === "none") { return [1, 1]; }
        if (how === "stretch") { return [across, down]; }
        across = how === "cover" ? Math.max(across, down) : Math.min(across, down);
        return [across, across];
    }

    // Centre the new picture on the old frame, wherever the layer's anchor lies in it.
    function anchored(old, item, by) {
        var moved = old.slice(0);
        moved[0] = item.width / 2 - (width / 2 - old[0]) / by[0];
        moved[1] = item.height / 2 - (height / 2 - old[1]) / by[1];
        return moved;
    }

    function scaled(old, by) {
        var sized = old.slice(0);
        sized[0] = old[0] * by[0];
        sized[1] = old[1] * by[1];
        return sized;
    }

    // Cut off what a picture shows beyond the old frame.
    function crop(item, by) {
        var masks = layer.property("ADBE Mask Parade");
        var half = [width / by[0] / 2, height / by[1] / 2];
        var middle = [item.width / 2, item.height / 2];
        var frame = new Shape();
        var mask;
        if (half[0] >= middle[0] - 0.01 && half[1] >= middle[1] - 0.01) { return; }
        frame.vertices = [
            [middle[0] - half[0], middle[1] - half[1]], [middle[0] + half[0], middle[1] - half[1]],
            [middle[0] + half[0], middle[1] + half[1]], [middle[0] - half[0], middle[1] + half[1]]
        ];
        frame.closed = true;
        mask = masks.addProperty("ADBE Mask Atom");
        mask.property("ADBE Mask Shape").setValue(frame);
        mask.maskMode = masks.numProperties > 1 ? MaskMode.INTERSECT : MaskMode.ADD;
    }

    // `how`: contain shows all of the picture inside the old frame, cover fills the frame and cuts
    // off the rest, stretch distorts, none leaves the size and cuts off the rest. Always centred.
    function fit(item, how) {
        var isSeen = width > 0 && height > 0 && item.width > 0 && item.height > 0;
        var by = isSeen ? factors(item, how) : null;
        var i;
        if (by === null || !anchor || !scale) { return; }
        for (i = 0; i < anchors.length; i += 1) { anchors[i] = anchored(anchors[i], item, by); }
        for (i = 0; i < scales.length; i += 1) { scales[i] = scaled(scales[i], by); }
        FR.properties.putAll(anchor, anchors);
        FR.properties.putAll(scale, scales);
        if (how === "cover" || how === "none") { crop(item, by); }
    }

    return {
        needed: needed,
        isRemapped: isRemapped,
        stopRemapping: stopRemapping,
        keepTimes: keepTimes,
        fit: fit
    };
};
