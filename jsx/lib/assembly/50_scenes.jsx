// Modes flexible and mockup: a scene is a comp, copied for each use and laid out in flatrender.
FR.scenes = function (spec, fields, report) {
    var copies = FR.copies(report);
    var ground = FR.ground(copies);
    var setter = FR.setter(fields, report);
    // One entry per scene of the spec, null for what all scenes share: {root, comps, index}.
    var uses = [];
    var scenes = {};
    // Layers of flatrender that last to its end.
    var lasting = [];
    var shared, shown;

    // Looked for once: copies make the project long.
    function sceneComp(key) {
        var known = "k:" + key;
        if (!scenes.hasOwnProperty(known)) { scenes[known] = findScene(key); }
        return scenes[known];
    }

    function findScene(key) {
        var found = FR.project.compsNamed(key);
        if (found.length === 1) { return found[0]; }
        report.error(found.length === 0 ? "scene_missing" : "scene_ambiguous",
            "the project has " + (found.length === 0 ? "no comp" : found.length + " comps")
            + " named \"" + key + "\", which a scene is ordered of; scan the template again",
            {scene: key});
        return null;
    }

    function isPlaced(scene) {
        return scene.start_s !== null && scene.start_s !== undefined;
    }

    function makeUses(make) {
        var i, comp;
        for (i = 0; i < spec.scenes.length; i += 1) {
            if (isPlaced(spec.scenes[i])) { sceneComp(spec.scenes[i].key); }
        }
        for (i = 0; i < spec.scenes.length; i += 1) {
            comp = isPlaced(spec.scenes[i]) ? sceneComp(spec.scenes[i].key) : null;
            uses.push(comp === null ? null : makeUse(make, comp, i));
        }
    }

    // Gives null when the report has the reason.
    function makeUse(make, comp, position) {
        var use;
        try {
            use = make(comp, position + 1);
        } catch (error) {
            report.error("scene_refused", "cannot use the scene \"" + comp.name + "\": "
                + error.message, {scene: comp.name, comp: comp.name});
            return null;
        }
        use.index = FR.project.layerIndex(use.comps);
        return use;
    }

    function tellOfSound(layer, use, scene) {
        if (layer.timeRemapEnabled && FR.project.hasSound(use.comps)) {
            report.warn("sound_stretched", "the sound of scene \"" + scene.key + "\" is stretched"
                + " with its picture; order the scene in its own length to keep it",
                {scene: scene.key});
        }
    }

    function lay(comp, below) {
        var last = below;
        var i, layer;
        for (i = 0; i < uses.length; i += 1) {
            if (uses[i] !== null) {
                layer = FR.timeline.place(comp, uses[i], spec.scenes[i]);
                // A later scene comes in over the one before.
                if (last === null) { layer.moveToEnd(); } else { layer.moveBefore(last); }
                last = layer;
                tellOfSound(layer, uses[i], spec.scenes[i]);
            }
        }
    }

    // Index what all scenes share, and every layer that is shown.
    function look(comp) {
        var list = FR.project.comps();
        var common = [];
        var every = FR.project.reachable(comp);
        var i;
        for (i = 0; i < list.length; i += 1) {
            if (copies.isShared(list[i])) { common.push(list[i]); }
        }
        for (i = 0; i < uses.length; i += 1) {
            if (uses[i] !== null) { every = every.concat(uses[i].comps); }
        }
        shared = FR.project.layerIndex(common);
        shown = FR.project.layerIndex(FR.project.once(common.concat(every)));
    }

    // Build flatrender; gives the watched expressions of all that it shows.
    function assemble(comp) {
        var found = ground.sort(comp);
        var watched = ground.watch(comp, found.kept);
        var i;
        if (!(spec.duration_s > 0)) {
            report.error("no_scenes", "no scene is ordered, so there is nothing to assemble");
            look(comp);
            return watched;
        }
        makeUses(function (scene, number) {
            FR.timeline.check(scene.duration, spec.scenes[number - 1]);
            return copies.use(scene, number);
        });
        ground.remove(found.examples);
        lasting = FR.timeline.resize(comp, spec.duration_s, found.kept);
        lay(comp, found.below);
        for (i = 0; i < uses.length; i += 1) {
            if (uses[i] !== null) { watched = watched.concat(uses[i].watched); }
        }
        look(comp);
        return watched;
    }

    // For stills nothing is assembled: the values go into the scenes as they stand.
    function asTheyStand(comp) {
        var watched = FR.expressions.watch(FR.project.reachable(comp));
        makeUses(function (scene) {
            return {root: scene, comps: copies.inside(scene)};
        });
        look(comp);
        return watched;
    }

    function find(index, wanted) {
        var i, hits;
        for (i = 0; i < wanted.length; i += 1) {
            hits = index.find(wanted[i]);
            if (hits.length > 0) { return hits; }
        }
        return [];
    }

    // The layers that show a shared one: an expression carries a text on by itself.
    function carryOn(place, key, value) {
        var hits = shown.find("frs_" + key);
        var i, text;
        for (i = 0; i < hits.length; i += 1) {
            text = hits[i].layer instanceof TextLayer ? FR.texts.property(hits[i].layer) : null;
            if (!(text && text.expressionEnabled && text.expression)
                    && !(hits[i].layer.source instanceof CompItem)) {
                setter.set(shown, hits[i], place, value);
            }
        }
    }

    // Write one value of the scene at `position` in the spec.
    function one(scene, value, position) {
        var use = uses[position];
        var place = {scene: scene, key: value.key};
        var wanted = ["frl_" + value.key, "frd_" + value.key, value.key];
        var index = use ? use.index : shared;
        var hits, hit;
        // A use that could not be made: the report has the reason.
        if (use === null && isPlaced(spec.scenes[position])) { return; }
        hits = find(index, wanted);
        if (hits.length === 0) { setter.missing(place, wanted); return; }
        hit = setter.choose(hits, use ? use.root.name : scene, place);
        if (hit === null) { return; }
        setter.set(index, hit, place, value);
        if (!use) { carryOn(place, value.key, value); }
    }

    // Write a colour or a control: in frshare, else wherever a layer of that name is shown.
    function wide(value) {
        var place = {key: value.key};
        var hits = setter.within(shown.find(value.key), "frshare");
        var i;
        if (hits.length === 0) { hits = shown.find(value.key); }
        if (hits.length === 0) { setter.missing(place, [value.key]); }
        for (i = 0; i < hits.length; i += 1) { setter.set(shown, hits[i], place, value); }
    }

    function lengthen(comp) { FR.timeline.extend(lasting, comp.duration); }

    return {
        assemble: assemble,
        asTheyStand: asTheyStand,
        one: one,
        shared: wide,
        lengthen: lengthen
    };
};
