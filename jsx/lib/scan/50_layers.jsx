// Reads one layer: its names, source, times, switches, and all that is on it.
FR.scanLayers = function (context) {
    function kind(layer) {
        if (layer instanceof TextLayer) { return "text"; }
        if (layer instanceof ShapeLayer) { return "shape"; }
        if (layer instanceof CameraLayer) { return "camera"; }
        if (layer instanceof LightLayer) { return "light"; }
        if (typeof ThreeDModelLayer !== "undefined" && layer instanceof ThreeDModelLayer) {
            return "model";
        }
        return layer instanceof AVLayer ? "av" : "unknown";
    }

    function idOf(object, name) {
        var found = FR.read.of(object, name, null);
        return found === null ? 0 : FR.read.number(found, "id");
    }

    // Markers of a layer count from its own start, however it is stretched.
    function markers(property, start, stretch) {
        var found = [];
        var i, value;
        for (i = 1; property && i <= property.numKeys; i += 1) {
            value = property.keyValue(i);
            found.push({
                time_s: (property.keyTime(i) - start) / stretch,
                comment: FR.read.text(value, "comment")
            });
        }
        return found;
    }

    function flag(layer, name) {
        return FR.read.of(layer, name, false) === true;
    }

    function facts(layer) {
        var name = FR.read.text(layer, "name");
        var start = FR.read.number(layer, "startTime");
        var stretch = FR.read.number(layer, "stretch") / 100;
        return {
            id: FR.read.number(layer, "id"),
            name: name,
            own_name: flag(layer, "isNameSet") ? name : "",
            kind: kind(layer),
            source_id: idOf(layer, "source"),
            parent_id: idOf(layer, "parent"),
            start_s: start,
            in_s: FR.read.number(layer, "inPoint"),
            out_s: FR.read.number(layer, "outPoint"),
            stretch: stretch,
            enabled: flag(layer, "enabled"),
            audio_enabled: flag(layer, "audioEnabled"),
            guide: flag(layer, "guideLayer"),
            "null": flag(layer, "nullLayer"),
            adjustment: flag(layer, "adjustmentLayer"),
            solo: flag(layer, "solo"),
            shy: flag(layer, "shy"),
            three_d: flag(layer, "threeDLayer"),
            time_remap: flag(layer, "timeRemapEnabled"),
            text: FR.scanTexts.facts(layer, context.used_fonts),
            effects: FR.scanEffects.facts(layer, context.installed),
            expressions: context.expressions.facts(layer),
            markers: markers(layer.property("ADBE Marker"), start, stretch || 1)
        };
    }

    return {facts: facts, markers: markers};
};
