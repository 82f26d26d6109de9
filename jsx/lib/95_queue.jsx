// Leaves the render queue as the farm wants it: item 1 the frames, item 2 the sound.
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
        return used;
    }

    function fill(comp, run, hasSound, report) {
        var frames = run.job_folder + "/frames/f_[#####]";
        var sound = run.job_folder + "/out/sound";
        var used;
        comp.displayStartTime = 0;
        comp.workAreaStart = 0;
        comp.workAreaDuration = comp.duration;
        empty();
        used = add(comp, run.output_module, FRAMES_FALLBACK, frames, report);
        if (hasSound) { add(comp, run.sound_module, SOUND_FALLBACK, sound, report); }
        return used;
    }

    return {fill: fill};
})();
