// Mode free: a field is addressed as comp/layer[/property]; an address must mean one thing.
FR.free = function (fields, report) {
    var setter = FR.setter(fields, report);

    // Every property below a group that goes by this name: its own or its match name.
    function propertiesNamed(group, path, found) {
        var i, child, rest;
        for (i = 1; i <= group.numProperties; i += 1) {
            child = group.property(i);
            if (!child) { continue; }
            if (child.name === path || child.matchName === path) {
                found.push(child);
            } else if (child.propertyType !== PropertyType.PROPERTY) {
                rest = path;
                if (path.indexOf(child.name + "/") === 0) {
                    rest = path.substring(child.name.length + 1);
                }
                propertiesNamed(child, rest, found);
            }
        }
    }

    // All meanings of `layer[/property]` inside a comp.
    function meanings(comp, key) {
        var found = [];
        var i, j, layer, inner;
        for (i = 1; i <= comp.numLayers; i += 1) {
            layer = comp.layer(i);
            if (layer.name === key) {
                found.push({comp: comp, layer: layer, property: null});
            } else if (key.indexOf(layer.name + "/") === 0) {
                inner = [];
                propertiesNamed(layer, key.substring(layer.name.length + 1), inner);
                for (j = 0; j < inner.length; j += 1) {
                    found.push({comp: comp, layer: layer, property: inner[j]});
                }
            }
        }
        return found;
    }

    function listed(hits) {
        var texts = [];
        for (var i = 0; i < hits.length; i += 1) {
            texts.push("layer " + hits[i].layer.index + " of comp \"" + hits[i].comp.name + "\""
                + (hits[i].property ? ", property \"" + hits[i].property.name + "\"" : ""));
        }
        return texts.join("; ");
    }

    function named(place) {
        return "\"" + (place.scene ? place.scene + "/" : "") + place.key + "\"";
    }

    function write(hit, value) {
        if (hit.property === null || hit.property.matchName === "ADBE Text Document") {
            return fields.write(hit.layer, value);
        }
        return fields.writeProperty(hit.layer, hit.property, value);
    }

    function settle(hits, place, value) {
        var hit = hits[0];
        if (hits.length === 0) {
            report.error("field_missing", "nothing in the project is called " + named(place)
                + "; a field is addressed as comp/layer or comp/layer/property", place);
        } else if (hits.length > 1) {
            report.error("field_ambiguous", named(place) + " means " + hits.length + " things: "
                + listed(hits) + "; rename all but one in the project", place);
        } else {
            setter.attempt(place, hit.layer.name, hit.comp.name, function () {
                return write(hit, value);
            });
        }
    }

    function one(scene, value) {
        var comps = FR.project.compsNamed(scene);
        var hits = [];
        for (var i = 0; i < comps.length; i += 1) {
            hits = hits.concat(meanings(comps[i], value.key));
        }
        settle(hits, {scene: scene, key: value.key}, value);
    }

    // A whole address: every comp whose name it begins with is tried.
    function shared(value) {
        var key = value.key;
        var comps = FR.project.comps();
        var hits = [];
        var i;
        for (i = 0; i < comps.length; i += 1) {
            if (key.indexOf(comps[i].name + "/") === 0) {
                hits = hits.concat(meanings(comps[i], key.substring(comps[i].name.length + 1)));
            }
        }
        settle(hits, {key: key}, value);
    }

    return {one: one, shared: shared};
};
