// Tells which fonts the texts use and which of them this machine lacks.
FR.scanFonts = (function () {
    // {"l<layer id>": [names]}, from release 24.5 on; before, a text tells its first font alone.
    function used() {
        var list = FR.read.of(app.project, "usedFonts", []);
        var found = {};
        var i, j, name, key;
        for (i = 0; i < list.length; i += 1) {
            name = FR.read.text(list[i].font, "postScriptName");
            for (j = 0; j < list[i].usedAt.length; j += 1) {
                key = "l" + list[i].usedAt[j].layerID;
                if (!found[key]) { found[key] = []; }
                found[key].push(name);
            }
        }
        return found;
    }

    function fromList(list) {
        var found = [];
        var i;
        for (i = 0; i < list.length; i += 1) {
            found.push(FR.read.text(list[i], "postScriptName"));
        }
        return found;
    }

    // A release that keeps no list is asked for each font's file: it gives none for a substitute.
    function probe(comps) {
        var found = [];
        var known = {};
        var i, j, layer, source, document, name;
        for (i = 0; i < comps.length; i += 1) {
            for (j = 1; j <= comps[i].numLayers; j += 1) {
                layer = comps[i].layer(j);
                source = layer instanceof TextLayer ? FR.texts.property(layer) : null;
                document = source ? FR.properties.stored(source) : null;
                name = document ? FR.read.text(document, "font") : "";
                if (name !== "" && !known["f:" + name]) {
                    known["f:" + name] = true;
                    if (FR.read.of(document, "fontLocation", null) === "") { found.push(name); }
                }
            }
        }
        return found;
    }

    // {missing, unproved}: the second are fonts that an old release gives no file for.
    function check(comps) {
        var list = FR.read.of(app, "fonts", null);
        list = list === null ? null : FR.read.of(list, "missingOrSubstitutedFonts", null);
        return list === null
            ? {missing: [], unproved: probe(comps)}
            : {missing: fromList(list), unproved: []};
    }

    return {used: used, check: check};
})();
