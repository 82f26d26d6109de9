// Keeps a project to its own files: a stored path that exists on this node is read by After Effects
// wherever it leads, to another tenant's picture or to the node's own secrets.
FR.footage = (function () {
    var LONGEST_TAIL = 8;
    var PICTURES = /\.(png|jpe?g|tiff?|tga|exr|dpx|bmp|psd|gif)$/i;

    // One form for comparing: macOS gives /private/var for /var, Windows ignores case.
    function plain(path) {
        return path.replace(/\\/g, "/").replace(/\/+$/, "").replace(/^\/private\//, "/")
            .toLowerCase();
    }

    function isAbsolute(path) {
        return path.charAt(0) === "/" || path.charAt(1) === ":";
    }

    function leaves(file, folder) {
        var path, parts, i;
        if (!file || !isAbsolute(plain(file.fsName)) || !file.exists) { return false; }
        path = plain(file.fsName);
        parts = path.split("/");
        for (i = 0; i < parts.length; i += 1) {
            if (parts[i] === "..") { return true; }
        }
        return path.indexOf(plain(folder) + "/") !== 0;
    }

    // The same file in the bundle, by the longest end of the path that is there.
    function own(file, folder) {
        var parts = file.fsName.replace(/\\/g, "/").split("/");
        var i, found;
        for (i = Math.max(1, parts.length - LONGEST_TAIL); i < parts.length; i += 1) {
            found = FR.files.at(folder + "/" + parts.slice(i).join("/"));
            if (parts.slice(i).join("/").indexOf("..") < 0 && found.exists) { return found; }
        }
        return null;
    }

    function relink(item, source, file) {
        if (!source.isStill && PICTURES.test(file.name)) {
            item.replaceWithSequence(file, false);
        } else {
            item.replace(file);
        }
    }

    // Comps may have proxies too: films that are shown in their place.
    function dropProxy(item, run) {
        var proxy = item.proxySource;
        if (proxy && leaves(proxy.file, run.job_folder)) { item.setProxyToNone(); }
    }

    function look(item, run, report) {
        var source = item.mainSource;
        var found;
        dropProxy(item, run);
        if (!source || !leaves(source.file, run.job_folder)) { return; }
        found = own(source.file, FR.files.at(run.project).parent.fsName);
        if (found === null) {
            report.error("footage_outside", "the footage \"" + item.name + "\" is a file of the"
                + " node that is not in the bundle; collect the files in After Effects and zip"
                + " the folder");
            return;
        }
        relink(item, source, found);
    }

    // Called when all values are written: what the client replaced is no longer shown.
    function keepInside(comps, run, report) {
        var known = {};
        var i, j, item;
        for (i = 0; i < comps.length; i += 1) {
            dropProxy(comps[i], run);
            for (j = 1; j <= comps[i].numLayers; j += 1) {
                item = comps[i].layer(j).source;
                if (item instanceof FootageItem && !known["i" + item.id]) {
                    known["i" + item.id] = true;
                    look(item, run, report);
                }
            }
        }
    }

    return {keepInside: keepInside};
})();
