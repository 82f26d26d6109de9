// Reads what After Effects sees in a template into one file of facts; it changes and saves nothing.
(function () {
    var LIBRARIES = ["10_json", "20_files", "40_project", "47_properties", "60_texts",
        "scan/10_read", "scan/20_texts", "scan/30_effects", "scan/40_expressions",
        "scan/50_layers", "scan/60_items", "scan/70_fonts"];
    var PROGRESS_MS = 500;
    var folder = new File($.fileName).parent.fsName;

    function load() {
        var i, path;
        for (i = 0; i < LIBRARIES.length; i += 1) {
            path = folder + "/lib/" + LIBRARIES[i] + ".jsx";
            // File reads %41 as A, so a real % must be written as %25.
            $.evalFile(new File(path.replace(/%/g, "%25")));
        }
    }

    // A sign of life: whoever waits sees the file grow, and no person reads it.
    function progressTo(path) {
        var count = 0;
        var last = 0;
        return function () {
            var now = new Date().getTime();
            var file;
            count += 1;
            if (now - last < PROGRESS_MS) { return; }
            last = now;
            file = FR.files.at(path);
            if (file.open("w")) {
                file.write(String(count));
                file.close();
            }
        };
    }

    // A project without colour management says None in some releases, nothing in others.
    function workingSpace(project) {
        var name = FR.read.text(project, "workingSpace");
        return name === "" || name === "None" ? null : name;
    }

    function scan(run, result) {
        var progress = progressTo(run.progress);
        var file = FR.files.at(run.project);
        var project, expressions, layers, items, fonts;
        progress();
        app.open(file);
        project = app.project;
        expressions = FR.scanExpressions({evaluate_s: run.evaluate_s});
        layers = FR.scanLayers({
            used_fonts: FR.scanFonts.used(),
            installed: FR.scanEffects.installed(),
            expressions: expressions
        });
        items = FR.scanItems.facts(layers, file.parent.fsName, progress);
        fonts = FR.scanFonts.check(FR.project.comps());
        result.project = {
            bits_per_channel: FR.read.number(project, "bitsPerChannel"),
            working_space: workingSpace(project),
            linear_blending: FR.read.of(project, "linearBlending", false) === true,
            footage: items.footage,
            comps: items.comps
        };
        result.fonts_missing = fonts.missing;
        result.fonts_unproved = fonts.unproved;
        result.expressions_checked = expressions.state.checked;
        result.complete = expressions.state.complete;
    }

    function main() {
        var result = {version: 1, ok: false, errors: []};
        var run = FR.json.parse(FR.files.readText(folder + "/scan_request.json"));
        try {
            scan(run, result);
            result.ok = true;
        } catch (error) {
            result.errors.push({
                code: "script_error",
                place: "project",
                message: FR.read.cut("the scan stopped: " + error.message, 2000)
            });
        }
        result.engine_version = FR.read.text(app, "version");
        try {
            if (app.project) { app.project.close(CloseOptions.DO_NOT_SAVE_CHANGES); }
        } catch (ignored) {
            // The result matters more than a project that does not close; the engine quits next.
        }
        FR.files.writeText(run.result, FR.json.stringify(result));
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
