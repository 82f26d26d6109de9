// Renders the template's own sound, then leaves one item in the render queue: the frames.
FR.queue = (function () {
    var FRAMES_FALLBACK = "TIFF Sequence with Alpha";
    var SOUND_FALLBACK = "AIFF 48kHz";

    function empty() {
        var queue = app.project.renderQueue;
        var i;
        for (i = queue.numItems; i >= 1; i -= 1) { queue.item(i).remove(); }
    }

    // Gives the name of the template that was applied.
    function template(module, wanted, fallback, report) {
        try {
            module.applyTemplate(wanted);
            return wanted;
        } catch (error) {
            try {
                module.applyTemplate(fallback);
            } catch (ignored) {
                report.error("output_module_missing", "this node has neither the output module \""
                    + wanted + "\" nor \"" + fallback + "\"; run the node check with --fix");
                return null;
            }
            report.warn("output_module_fallback", "the output module \"" + wanted
                + "\" is not on this node, \"" + fallback
                + "\" is used; run the node check with --fix");
            return fallback;
        }
    }

    // Gives the item and the name of the template that was applied to its output.
    function add(comp, module, fallback, path, report) {
        var item = app.project.renderQueue.items.add(comp);
        var output, used;
        try {
            item.applyTemplate("Best Settings");
        } catch (ignored) {
            // A localised After Effects has another name for it; its default is the same.
        }
        output = item.outputModule(1);
        used = template(output, module, fallback, report);
        output.file = FR.files.at(path);
        // After the templates: applying one puts the span back.
        item.timeSpanStart = 0;
        item.timeSpanDuration = comp.duration;
        item.render = true;
        return {item: item, output: output, used: used};
    }

    // Gives what After Effects said of errors. render() comes back when the queue has ended
    // (Scripting Guide, RenderQueue.render). While dialogs are suppressed any warning would stop
    // the item, which then writes nothing; with onError set, errors come to it and show no dialog.
    function renderNow() {
        var said = [];
        // Declared as a name, documented with a function.
        var told = /** @type {any} */ (app);
        app.endSuppressDialogs(false);
        try {
            told.onError = function (text) { said.push(String(text)); };
            app.project.renderQueue.render();
        } catch (error) {
            said.push(error.message);
        } finally {
            app.beginSuppressDialogs();
            told.onError = null;
        }
        return said;
    }

    // Gives the sound's path. It costs no launch of the engine: the project is open here anyway.
    function sound(comp, run, report) {
        var began = new Date().getTime();
        var path = run.job_folder + "/out/sound";
        var made = add(comp, run.sound_module, SOUND_FALLBACK, path, report);
        var said;
        if (made.used === null) { return null; }
        path += made.used === SOUND_FALLBACK ? ".aif" : ".wav";
        made.output.file = FR.files.at(path);
        said = renderNow();
        if (made.item.status !== RQItemStatus.DONE) {
            report.error("sound_failed", "After Effects did not render the sound of \"" + comp.name
                + "\" (" + (said.length ? said.join("; ") : "it gave no reason")
                + "); look at its audio layers", {comp: comp.name});
            return null;
        }
        return {path: path, seconds: (new Date().getTime() - began) / 1000};
    }

    // Gives the frames' output module, and the sound when somebody is to hear it.
    function fill(comp, run, hasSound, report) {
        var heard = null;
        var used;
        comp.displayStartTime = 0;
        comp.workAreaStart = 0;
        comp.workAreaDuration = comp.duration;
        empty();
        if (hasSound && run.sound_module && report.errors.length === 0) {
            heard = sound(comp, run, report);
            empty();
        }
        used = add(comp, run.output_module, FRAMES_FALLBACK, run.job_folder + "/frames/f_[#####]",
            report).used;
        return {module: used, sound: heard};
    }

    return {
        FRAMES_FALLBACK: FRAMES_FALLBACK,
        add: add,
        empty: empty,
        fill: fill,
        renderNow: renderNow
    };
})();
