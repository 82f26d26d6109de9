// Lays the uses of scenes out in the comp to render; only the middle of a scene stretches.
FR.timeline = (function () {
    // The times at which a stretched scene shows which of its own: [[comp, scene], ...].
    function bends(own, scene) {
        var first = Math.min(scene.protected_in_s || 0, own);
        var last = Math.min(scene.protected_out_s || 0, own - first);
        var pairs = [[0, 0]];
        if (first > 0) { pairs.push([first, first]); }
        if (last > 0) { pairs.push([scene.duration_s - last, own - last]); }
        pairs.push([scene.duration_s, own]);
        return pairs;
    }

    // Time remapping begins with two keys, at the start and the end of the source
    // (https://community.adobe.com/questions-529/how-to-time-remap-layer-using-scripting-70836).
    function remap(layer, scene, pairs) {
        var property, i, j, time, wanted;
        layer.timeRemapEnabled = true;
        property = layer.property("ADBE Time Remapping");
        for (i = 0; i < pairs.length; i += 1) {
            property.setValueAtTime(scene.start_s + pairs[i][0], pairs[i][1]);
        }
        for (i = property.numKeys; i >= 1; i -= 1) {
            time = property.keyTime(i) - scene.start_s;
            wanted = false;
            for (j = 0; j < pairs.length; j += 1) {
                wanted = wanted || Math.abs(time - pairs[j][0]) < 0.0005;
            }
            if (!wanted) { property.removeKey(i); }
        }
        for (i = 1; i <= property.numKeys; i += 1) {
            property.setInterpolationTypeAtKey(i, KeyframeInterpolationType.LINEAR,
                KeyframeInterpolationType.LINEAR);
        }
    }

    // A scene shorter than its protected parts, or of no length, cannot be laid out.
    function check(own, scene) {
        var kept = (scene.protected_in_s || 0) + (scene.protected_out_s || 0);
        if (!(scene.duration_s > 0) || scene.duration_s < Math.min(kept, own) - 0.0005) {
            throw new Error("it cannot last " + scene.duration_s + " s, its protected parts alone"
                + " take " + kept + " s; order it longer");
        }
    }

    // Add one use and put it in its place; gives the layer. Where new layers begin depends on a
    // preference (https://ae-scripting.docsforadobe.dev/layer/layercollection), so all is set.
    function place(comp, use, scene) {
        var own = use.root.duration;
        var half = 0.5 / comp.frameRate;
        var layer;
        layer = comp.layers.add(use.root);
        layer.startTime = scene.start_s;
        if (Math.abs(own - scene.duration_s) >= half) { remap(layer, scene, bends(own, scene)); }
        layer.inPoint = scene.start_s;
        layer.outPoint = scene.start_s + scene.duration_s;
        return layer;
    }

    // Render so many frames a second; nothing moves in time, and nested comps follow the outer one
    // unless they are told to preserve their rate.
    function retime(comp, rate) {
        if (Math.abs(rate - comp.frameRate) > 0.001) { comp.frameRate = rate; }
    }

    function extend(layers, duration) {
        for (var i = 0; i < layers.length; i += 1) {
            if (layers[i].outPoint < duration) { layers[i].outPoint = duration; }
        }
    }

    // What lasted to the end of a comp lasts to its new end; gives those layers.
    function resize(comp, duration, layers) {
        var old = comp.duration;
        var lasting = [];
        var i;
        for (i = 0; i < layers.length; i += 1) {
            if (layers[i].outPoint >= old - 0.5 / comp.frameRate) { lasting.push(layers[i]); }
        }
        comp.duration = duration;
        extend(lasting, duration);
        return lasting;
    }

    function layersOf(comp) {
        var layers = [];
        for (var i = 1; i <= comp.numLayers; i += 1) { layers.push(comp.layer(i)); }
        return layers;
    }

    function isIn(comp, list) {
        for (var i = 0; i < list.length; i += 1) {
            if (list[i].id === comp.id) { return true; }
        }
        return false;
    }

    // Give a comp another length, in mode music_visualizer that of the client's music. What is
    // nested in it and seen to the end grows with it, innermost first: a layer cannot outlast the
    // comp that it shows. Nothing nested is cut: the comp around it ends before.
    function follow(comp, duration) {
        var grow = [comp];
        var i, j, layers, source;
        for (i = 0; i < grow.length && duration > comp.duration; i += 1) {
            layers = layersOf(grow[i]);
            for (j = 0; j < layers.length; j += 1) {
                source = layers[j].source;
                if (source instanceof CompItem && source.duration < duration
                        && layers[j].outPoint >= grow[i].duration - 0.5 / grow[i].frameRate
                        && !isIn(source, grow)) {
                    grow.push(source);
                }
            }
        }
        for (i = grow.length - 1; i > 0; i -= 1) { resize(grow[i], duration, layersOf(grow[i])); }
        resize(comp, duration, layersOf(comp));
    }

    return {
        check: check,
        place: place,
        extend: extend,
        resize: resize,
        retime: retime,
        follow: follow
    };
})();
