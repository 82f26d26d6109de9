// Writes one property by one rule, whatever moves it: a static value is set, every keyframe gets
// the value, and what an expression hides has to show the value all the same when bind is done.
FR.properties = (function () {
    // Built from words: some ExtendScript builds stumble over quotes and slashes in a pattern.
    var NOT_CODE = new RegExp("/\\*[\\s\\S]*?\\*/|//[^\\r\\n]*"
        + "|\"(?:[^\"\\\\\\r\\n]|\\\\[\\s\\S])*\"|'(?:[^'\\\\\\r\\n]|\\\\[\\s\\S])*'", "g");
    // What reads the stored value in an expression: by itself, or moved about in time.
    var READS = new RegExp("(^|[^.\\w$])(value|valueAtTime|thisProperty|wiggle|temporalWiggle"
        + "|smooth|key|nearestKey|loop(In|Out)(Duration)?)\\b");
    var READS_TEXT = new RegExp("(^|[^.\\w$])(thisLayer\\s*\\.\\s*)?text\\s*\\.\\s*sourceText\\b");

    function isDriven(property) {
        return property.expressionEnabled && property.expression !== "";
    }

    // An expression that never reads what is stored hides whatever we write.
    function isHidden(property) {
        var code;
        if (!isDriven(property)) { return false; }
        code = property.expression.replace(NOT_CODE, " 0 ");
        return !READS.test(code)
            && !(property.matchName === "ADBE Text Document" && READS_TEXT.test(code));
    }

    // What is stored at the start, never what an expression makes of it: `value` is the latter.
    function stored(property) {
        if (property.numKeys > 0) { return property.keyValue(1); }
        return isDriven(property) ? property.valueAtTime(0, true) : property.value;
    }

    // Every stored value: the keyframes', or the one static value.
    function all(property) {
        var values = [];
        var i;
        for (i = 1; i <= property.numKeys; i += 1) { values.push(property.keyValue(i)); }
        return values.length > 0 ? values : [stored(property)];
    }

    // Store one value for each that `all` gave.
    function putAll(property, values) {
        var i;
        if (property.numKeys === 0) { property.setValue(values[0]); return; }
        for (i = 0; i < values.length; i += 1) { property.setValueAtKey(i + 1, values[i]); }
    }

    // Change what is stored by change.make(old) -> new; change.holds(value) tells whether a value
    // is the one that was asked for, change.words(value) says it to a person.
    function write(property, change, outcome) {
        var values = all(property);
        var i;
        for (i = 0; i < values.length; i += 1) { values[i] = change.make(values[i]); }
        putAll(property, values);
        values = all(property);
        for (i = 0; i < values.length; i += 1) {
            if (!change.holds(values[i])) {
                throw new Error("After Effects kept " + change.words(values[i])
                    + " in its property \"" + property.name + "\"");
            }
        }
        if (values.length > 1) {
            outcome.notes.push({
                code: "keyframes_levelled",
                message: "its property \"" + property.name + "\" has " + values.length
                    + " keyframes, which all got the value"
            });
        }
        if (isHidden(property)) { outcome.unsettled.push({property: property, change: change}); }
    }

    // Nobody opens the copy again: a lock only stands in the way of what is to be written.
    function unlock(layer) {
        if (layer.locked) { layer.locked = false; }
    }

    return {
        unlock: unlock,
        isDriven: isDriven,
        isHidden: isHidden,
        stored: stored,
        all: all,
        putAll: putAll,
        write: write
    };
})();
