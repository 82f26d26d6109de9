// Watches the enabled expressions: one that breaks because of what bind wrote fails the job.
FR.expressions = (function () {
    function errorOf(property) {
        try {
            // Reading the value makes After Effects evaluate the expression.
            property.value;
        } catch (ignored) {
            // Some properties have no value to read; expressionError speaks all the same.
        }
        try {
            return property.expressionError;
        } catch (ignored) {
            // Gone: a mask that was added to others makes After Effects forget those it gave us.
            return "";
        }
    }

    // Groups are told by propertyType: masks and effects are classes of their own. What is switched
    // off does not render, and layer styles that nobody applied are many.
    function walk(group, place, path, found) {
        var count = group.numProperties;
        var i, child;
        for (i = 1; i <= count; i += 1) {
            child = group.property(i);
            if (!child) { continue; }
            if (child.propertyType !== PropertyType.PROPERTY) {
                if (child.enabled !== false) {
                    walk(child, place, path.concat([child.name]), found);
                }
            } else if (child.expressionEnabled && child.expression) {
                found.push({
                    property: child,
                    place: place,
                    path: path.concat([child.name]).join("/"),
                    before: errorOf(child)
                });
            }
        }
    }

    // List every enabled expression of these comps with the error it has now.
    function watch(comps) {
        var found = [];
        var i, j, layer;
        for (i = 0; i < comps.length; i += 1) {
            for (j = 1; j <= comps[i].numLayers; j += 1) {
                layer = comps[i].layer(j);
                walk(layer, {comp: comps[i].name, layer: layer.name}, [], found);
            }
        }
        return found;
    }

    // Called when all values are written: first what they had to show, then what they broke.
    function check(watched, report) {
        var i, entry, error;
        report.settle();
        for (i = 0; i < watched.length; i += 1) {
            entry = watched[i];
            error = errorOf(entry.property);
            if (error && error !== entry.before) {
                report.error("expression_error", "an expression broke in comp \"" + entry.place.comp
                    + "\", layer \"" + entry.place.layer + "\", property \"" + entry.path
                    + "\": " + error + "; change the value or mend the template",
                    {
                        comp: entry.place.comp,
                        layer: entry.place.layer,
                        property: entry.property.name
                    });
            }
        }
    }

    return {watch: watch, check: check};
})();
