// Lists the expressions of a layer and what After Effects makes of those that are enabled.
FR.scanExpressions = function (limits) {
    var LONGEST_RESULT = 200;
    var LONGEST_SOURCE = 1000000;
    var started = new Date().getTime();
    var state = {checked: 0, complete: true};

    function written(value) {
        var text = value;
        if (value === null || value === undefined) { return null; }
        if (value instanceof TextDocument) { text = value.text; }
        if (value instanceof Array) { text = value.join(","); }
        if (text instanceof Object) { return null; }
        return FR.read.cut(text, LONGEST_RESULT);
    }

    // Reading the value makes After Effects evaluate the expression.
    function evaluate(property, entry) {
        var value = null;
        if (new Date().getTime() - started > limits.evaluate_s * 1000) {
            state.complete = false;
            return;
        }
        state.checked += 1;
        try {
            value = property.value;
        } catch (ignored) {
            // Some properties have no value to read; expressionError speaks all the same.
        }
        entry.error = FR.read.cut(FR.read.of(property, "expressionError", ""), 2000) || null;
        if (entry.error === null) { entry.result = written(value); }
    }

    function one(property, path) {
        var source = FR.read.text(property, "expression");
        var entry;
        if (source === "") { return null; }
        entry = {
            path: path,
            source: FR.read.cut(source, LONGEST_SOURCE),
            enabled: Boolean(FR.read.of(property, "expressionEnabled", false)),
            property: FR.read.text(property, "name"),
            error: null,
            result: null
        };
        if (entry.enabled) { evaluate(property, entry); }
        return entry;
    }

    // Every layer has all layer styles, and nearly none has one that is applied.
    function isUnused(group, path) {
        return path[0] === "ADBE Layer Styles" && FR.read.of(group, "enabled", true) === false;
    }

    function walk(group, path, found) {
        var count = group.numProperties;
        var i, child, below, entry;
        for (i = 1; i <= count; i += 1) {
            child = group.property(i);
            if (!child) { continue; }
            below = path.concat([FR.read.text(child, "matchName")]);
            if (child instanceof PropertyGroup) {
                if (!isUnused(child, below)) { walk(child, below, found); }
            } else {
                entry = one(child, below);
                if (entry !== null) { found.push(entry); }
            }
        }
    }

    return {
        state: state,
        facts: function (layer) {
            var found = [];
            walk(layer, [], found);
            return found;
        }
    };
};
