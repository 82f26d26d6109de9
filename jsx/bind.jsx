// Writes a client's values into a copy of a project. One fixed script: values are data beside it.
(function () {
    var LIBRARIES = ["10_json", "20_files", "30_report", "40_project", "45_footage",
        "47_properties", "50_colors", "60_texts", "65_placeholder", "70_media", "80_expressions",
        "85_fields", "87_setter", "90_fix", "91_free",
        "assembly/10_references", "assembly/20_copies", "assembly/30_timeline",
        "assembly/40_ground", "assembly/50_scenes", "95_queue", "96_stills"];
    var folder = new File($.fileName).parent.fsName;

    function load() {
        var i, path;
        for (i = 0; i < LIBRARIES.length; i += 1) {
            path = folder + "/lib/" + LIBRARIES[i] + ".jsx";
            // File reads %41 as A, so a real % must be written as %25.
            $.evalFile(new File(path.replace(/%/g, "%25")));
        }
    }

    function finalComp(name, report) {
        var found = FR.project.compsNamed(name);
        if (found.length === 1) { return found[0]; }
        if (found.length === 0) {
            report.error("comp_missing", "the project has no comp named \"" + name
                + "\"; choose one that it has", {comp: name});
        } else {
            report.error("comp_ambiguous", "the project has " + found.length
                + " comps named \"" + name + "\"; rename all but one", {comp: name});
        }
        return null;
    }

    function writeScenes(spec, mode) {
        var i, j, scene;
        for (i = 0; i < spec.scenes.length; i += 1) {
            scene = spec.scenes[i];
            for (j = 0; j < scene.values.length; j += 1) {
                mode.one(scene.key, scene.values[j], i);
            }
        }
    }

    function writeShared(spec, mode) {
        var i, entry;
        for (i = 0; i < spec.colors.length; i += 1) {
            entry = spec.colors[i];
            mode.shared({key: entry.key, kind: "color", value: entry.value});
        }
        for (i = 0; i < spec.controls.length; i += 1) {
            entry = spec.controls[i];
            mode.shared({key: entry.key, kind: "number", value: String(entry.value)});
        }
    }

    function modeOf(spec, run, report) {
        var media = FR.media(run.job_folder);
        var fields = FR.fields(media);
        if (spec.mode === "fix" || spec.mode === "music_visualizer") {
            return FR.fix(fields, media, report);
        }
        if (spec.mode === "free") { return FR.free(fields, report); }
        if (spec.mode === "flexible" || spec.mode === "mockup") {
            return FR.scenes(spec, fields, report);
        }
        report.error("mode_unsupported", "this script does not know the mode \"" + spec.mode
            + "\"; use an agent and an orchestrator of one release");
        return null;
    }

    // Makes the comp what the order wants it to be; gives the expressions to be watched.
    function prepare(spec, comp, mode) {
        if (spec.fps) { FR.timeline.retime(comp, spec.fps.num / spec.fps.den); }
        if (mode.assemble) {
            return spec.stills && spec.stills.length > 0 ? mode.asTheyStand(comp)
                : mode.assemble(comp);
        }
        return FR.expressions.watch(FR.project.reachable(comp));
    }

    // After the values: a layer lasts no longer than the file that it shows by then.
    function lengthen(spec, comp, mode) {
        if (mode.lengthen) {
            mode.lengthen(comp);
        } else if (spec.duration_s) {
            FR.timeline.follow(comp, spec.duration_s);
        }
    }

    var fontPlaces = {};

    function fontsOf(comps) {
        var found = [];
        var known = {};
        var i, j, layer, font;
        fontPlaces = {};
        for (i = 0; i < comps.length; i += 1) {
            for (j = 1; j <= comps[i].numLayers; j += 1) {
                layer = comps[i].layer(j);
                font = layer instanceof TextLayer ? FR.texts.property(layer).value.font : null;
                if (font && !known["f:" + font]) {
                    known["f:" + font] = true;
                    found.push(font);
                    fontPlaces["f:" + font] = {comp: comps[i].name, layer: layer.name};
                }
            }
        }
        return found;
    }

    // After Effects substitutes a missing font without a word; 24 and newer can tell.
    function checkFonts(used, report) {
        var missing = app.fonts ? app.fonts.missingOrSubstitutedFonts || [] : [];
        var i, j;
        for (i = 0; i < missing.length; i += 1) {
            for (j = 0; j < used.length; j += 1) {
                if (used[j] === missing[i].postScriptName) {
                    report.error("font_missing", "the font " + used[j] + " is not on this node; "
                        + "put it into the bundle's fonts folder or upload it",
                        fontPlaces["f:" + used[j]]);
                }
            }
        }
    }

    function describe(comp, comps, result) {
        result.final_comp = comp.name;
        result.width = comp.width;
        result.height = comp.height;
        result.fps = comp.frameRate;
        result.duration_s = comp.duration;
        result.frames = Math.round(comp.duration * comp.frameRate);
        result.has_audio = FR.project.hasSound(comps);
        result.fonts = fontsOf(comps);
    }

    // The farm scales when it exports; the template's own size is rendered.
    function checkOutput(comp, spec, report) {
        if ((spec.width && spec.width !== comp.width)
                || (spec.height && spec.height !== comp.height)) {
            report.warn("size_differs", "the comp \"" + comp.name + "\" is " + comp.width + "x"
                + comp.height + " and another size is wanted; the export scales");
        }
    }

    // The comps that are to be rendered, and all that they show.
    function shown(spec, comp, report) {
        var starts = spec.stills.length > 0 ? FR.stills.comps(spec.stills, report) : [comp];
        return FR.project.reachableFrom(starts);
    }

    // Leaves the queue as it is to be rendered, and saves; pictures are rendered at once.
    function leave(spec, run, comp, report, result) {
        var queued;
        if (spec.stills.length > 0) {
            FR.stills.take(spec.stills, run, report);
            return;
        }
        queued = FR.queue.fill(comp, run, result.has_audio, report);
        result.output_module = queued.module;
        if (queued.sound !== null) {
            result.sound = queued.sound.path;
            result.sound_s = queued.sound.seconds;
        }
        if (report.errors.length === 0) { app.project.save(FR.files.at(run.bound)); }
    }

    function bind(file, report, result) {
        var run = file.run;
        var spec = file.spec;
        var comp, comps, mode, watched;
        if (spec.version !== 1) {
            report.error("spec_version", "this script reads bind spec 1, not " + spec.version
                + "; use an agent and an orchestrator of one release");
            return;
        }
        app.open(FR.files.at(run.project));
        comp = finalComp(spec.comp, report);
        mode = modeOf(spec, run, report);
        if (comp === null || mode === null) { return; }
        watched = prepare(spec, comp, mode);
        writeScenes(spec, mode);
        writeShared(spec, mode);
        lengthen(spec, comp, mode);
        FR.expressions.check(watched, report);
        comps = shown(spec, comp, report);
        FR.footage.keepInside(comps, run, report);
        describe(comp, comps, result);
        checkOutput(comp, spec, report);
        checkFonts(result.fonts, report);
        leave(spec, run, comp, report, result);
    }

    function main() {
        var report = FR.report();
        var result = {ok: false};
        var resultPath = folder + "/bind_result.json";
        var file;
        try {
            file = FR.json.parse(FR.files.readText(folder + "/bind_spec.json"));
            resultPath = file.run.result;
            bind(file, report, result);
        } catch (error) {
            report.error("script_error", "bind stopped: " + error.message);
        }
        result.ok = report.errors.length === 0;
        result.errors = report.errors;
        result.warnings = report.warnings;
        result.applied = report.applied;
        result.ae_version = app.version;
        try {
            if (app.project) { app.project.close(CloseOptions.DO_NOT_SAVE_CHANGES); }
        } catch (ignored) {
            // The result matters more than a project that does not close; the engine quits next.
        }
        FR.files.writeText(resultPath, FR.json.stringify(result));
    }

    app.beginSuppressDialogs();
    try {
        load();
        main();
    } finally {
        app.endSuppressDialogs(false);
        app.quit();
    }
})();
