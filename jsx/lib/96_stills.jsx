// Pictures of scenes: one queue item of one frame each, all rendered by this one launch.
// saveFrameToPng is no way: it comes back before the file is whole, and writes none without a
// window (After Effects scripting guide, issue 58, and reports of those who tried).
FR.stills = (function () {
    function numbered(place) {
        var text = String(place);
        while (text.length < 4) { text = "0" + text; }
        return text;
    }

    function compNamed(name, report) {
        var found = FR.project.compsNamed(name);
        if (found.length === 1) { return found[0]; }
        report.error(found.length === 0 ? "comp_missing" : "comp_ambiguous", "the project has "
            + found.length + " comps named \"" + name + "\"; a picture needs exactly one",
            {comp: name});
        return null;
    }

    // The comps that the pictures show, each once.
    function comps(stills, report) {
        var found = [];
        var known = {};
        var i, comp;
        for (i = 0; i < stills.length; i += 1) {
            if (!known.hasOwnProperty("n:" + stills[i].comp)) {
                comp = compNamed(stills[i].comp, report);
                known["n:" + stills[i].comp] = true;
                if (comp !== null) { found.push(comp); }
            }
        }
        return found;
    }

    function queueOne(still, place, run, report) {
        var comp = FR.project.compsNamed(still.comp)[0];
        var made;
        comp.displayStartTime = 0;
        made = FR.queue.add(comp, run.output_module, FR.queue.FRAMES_FALLBACK,
            run.job_folder + "/frames/s" + numbered(place) + "_[#####]", report);
        made.item.timeSpanStart = still.frame / comp.frameRate;
        made.item.timeSpanDuration = 1 / comp.frameRate;
        return made;
    }

    function left(queued) {
        var count = 0;
        var i;
        for (i = 0; i < queued.length; i += 1) {
            if (queued[i].item.status !== RQItemStatus.DONE) { count += 1; }
        }
        return count;
    }

    // The project is saved before: what this launch leaves out, aerender can still render from it.
    function take(stills, run, report) {
        var queued = [];
        var i, said, missing;
        FR.queue.empty();
        for (i = 0; i < stills.length && report.errors.length === 0; i += 1) {
            queued.push(queueOne(stills[i], i, run, report));
        }
        if (report.errors.length > 0) { return; }
        app.project.save(FR.files.at(run.bound));
        said = FR.queue.renderNow();
        missing = left(queued);
        if (missing > 0) {
            report.warn("stills_left", missing + " of " + queued.length + " pictures were not"
                + " rendered inside the script (" + (said.length ? said.join("; ")
                    : "After Effects gave no reason") + "); the renderer makes them");
        }
    }

    return {comps: comps, take: take};
})();
