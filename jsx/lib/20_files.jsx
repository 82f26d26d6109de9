// Reads the spec and writes the result, so that a result file is whole or not there.
FR.files = (function () {
    // File reads %41 as A, so a real % must be written as %25.
    function at(path) {
        return new File(path.replace(/%/g, "%25"));
    }

    function readText(path) {
        var file = at(path);
        var text;
        file.encoding = "UTF-8";
        if (!file.open("r")) {
            throw new Error("cannot read " + path + ": " + file.error);
        }
        text = file.read();
        file.close();
        // A byte order mark that the reader left in place.
        return text.charCodeAt(0) === 65279 ? text.substring(1) : text;
    }

    function writeText(path, text) {
        var target = at(path);
        var draft = at(path + ".tmp");
        draft.encoding = "UTF-8";
        draft.lineFeed = "Unix";
        if (!draft.open("w")) {
            throw new Error("cannot write " + path + ": " + draft.error
                + "; allow scripts to write files in the preferences of After Effects");
        }
        if (!draft.write(text) || !draft.close()) {
            throw new Error("cannot write " + path + ": " + draft.error);
        }
        if (target.exists) { target.remove(); }
        if (!draft.rename(target.name)) {
            throw new Error("cannot rename " + path + ".tmp");
        }
    }

    return {at: at, readText: readText, writeText: writeText};
})();
