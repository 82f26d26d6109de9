// Copies a scene with all that is nested in it, so that each use of it has values of its own.
FR.copies = function (report) {
    // Comps of the convention stand once for all scenes.
    var SHARED = {frfinal: true, flatrender: true, frshare: true, all: true};
    var MOST = 5000;
    var made = 0;
    var taken = null;

    function isShared(comp) {
        return SHARED.hasOwnProperty(comp.name.toLowerCase());
    }

    // The scene and every comp nested in it that is its own, each once.
    function inside(scene) {
        var found = [scene];
        var known = {};
        var i, j, source;
        known["i" + scene.id] = true;
        for (i = 0; i < found.length; i += 1) {
            for (j = 1; j <= found[i].numLayers; j += 1) {
                source = found[i].layer(j).source;
                if (source instanceof CompItem && !known["i" + source.id] && !isShared(source)) {
                    known["i" + source.id] = true;
                    found.push(source);
                }
            }
        }
        return found;
    }

    // Expressions find comps by name, so no two may share one.
    function freeName(name, number) {
        var wanted = name.substring(0, 180) + " #" + number;
        var i;
        if (taken === null) {
            taken = {};
            for (i = 1; i <= app.project.numItems; i += 1) {
                taken["n:" + app.project.item(i).name] = true;
            }
        }
        while (taken["n:" + wanted]) { wanted += "_"; }
        taken["n:" + wanted] = true;
        return wanted;
    }

    function overrides(layer) {
        var group = layer.property("ADBE Layer Overrides");
        return group ? group.numProperties : 0;
    }

    // A layer without a name of its own takes its source's; expressions know it by the old one.
    function showCopy(layer, copy) {
        var name = layer.name;
        var essential = overrides(layer);
        if (layer.locked) { layer.locked = false; }
        layer.replaceSource(copy, false);
        if (layer.name !== name) { layer.name = name; }
        if (overrides(layer) !== essential) {
            throw new Error("After Effects dropped the Essential Properties of layer \"" + name
                + "\"; set them inside the comp it shows, which is copied for each use");
        }
    }

    function connect(copies, byId) {
        var i, j, layer, source;
        for (i = 0; i < copies.length; i += 1) {
            for (j = 1; j <= copies[i].numLayers; j += 1) {
                layer = copies[i].layer(j);
                source = layer.source;
                if (source instanceof CompItem && byId.hasOwnProperty("i" + source.id)) {
                    showCopy(layer, byId["i" + source.id]);
                }
            }
        }
    }

    function rename(watched, names, scene) {
        var i, property, place, rewritten;
        for (i = 0; i < watched.length; i += 1) {
            property = watched[i].property;
            place = watched[i].place;
            rewritten = FR.references.rewrite(property.expression, names);
            if (rewritten.unclear) {
                report.error("copied_comp_named", "an expression works out the name of a comp that"
                    + " is copied for each use of scene \"" + scene + "\"; write the name out, as"
                    + " comp(\"name\"), or use thisComp",
                    {
                        scene: scene,
                        comp: place.comp,
                        layer: place.layer,
                        property: property.name
                    });
            } else if (rewritten.source !== property.expression) {
                property.expression = rewritten.source;
            }
        }
    }

    // Use number `number` (from 1) of a scene: {root, comps, watched}. The expressions are watched
    // from before they were touched, so that one which the copy breaks is told.
    function use(scene, number) {
        var originals = inside(scene);
        var copies = [];
        var byId = {};
        var names = {};
        var i, copy, watched;
        made += originals.length;
        if (made > MOST) {
            throw new Error("the ordered scenes hold more than " + MOST
                + " comps; order fewer scenes");
        }
        for (i = 0; i < originals.length; i += 1) {
            copy = originals[i].duplicate();
            copy.name = freeName(originals[i].name, number);
            copies.push(copy);
            byId["i" + originals[i].id] = copy;
            names["n:" + originals[i].name] = copy.name;
        }
        watched = FR.expressions.watch(copies);
        connect(copies, byId);
        rename(watched, names, scene.name);
        return {root: copies[0], comps: copies, watched: watched};
    }

    return {inside: inside, isShared: isShared, use: use};
};
