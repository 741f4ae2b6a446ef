"""Everything that an answer holds, gathered for attacks, and the names of all that answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

import learnclimate as lc


def public_functions():
    names = [*lc.__all__, *(f"plots.{name}" for name in lc.plots.__all__)]
    for name in names:
        value = lc
        for part in name.split("."):
            value = getattr(value, part)
        if callable(value) and not isinstance(value, type):
            yield name


@dataclass
class Gathered:
    """What an answer holds: texts, tables, and every other number by where it stands."""

    texts: list
    tables: list
    numbers: list

    def take(self, where, value, depth=0):
        for kinds, gather in self._ways.items():
            if isinstance(value, kinds):
                gather(self, where, value, depth)
                return
        self._object(where, value, depth)

    def _table(self, where, value, depth):
        self.tables.append((where, value))
        for column in value:
            self._array(f"{where}.{column}", value[column].to_numpy())

    def _tree(self, where, value, depth):
        for child in value.subtree:
            for name, array in child.to_dataset().variables.items():
                self._array(f"{where}/{child.name}.{name}", array.to_numpy())

    def _dataset(self, where, value, depth):
        for name, array in value.variables.items():
            self._array(f"{where}.{name}", array.to_numpy())

    def _several(self, where, value, depth):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            self.take(f"{where}[{key}]", key, depth + 1)
            self.take(f"{where}[{key}]", item, depth + 1)

    def _one(self, where, value, depth):
        self._array(where, np.atleast_1d(np.asarray(value)))

    def _object(self, where, value, depth):
        self.texts.append(repr(value))
        if hasattr(value, "_repr_html_"):
            self.texts.append(re.sub(r"<[^>]+>", " ", value._repr_html_()))
        if is_dataclass(value) and depth < 6:
            for field in fields(value):
                held = getattr(value, field.name)
                # What an answer was made from is the session's, as the survey is.
                if not isinstance(held, lc.Survey | lc.Fit | lc.FactorFit):
                    self.take(f"{where}.{field.name}", held, depth + 1)

    def _array(self, where, values):
        if values.dtype.kind in "OSU":
            self.texts += [str(one) for one in values.ravel()]
        elif values.dtype.kind in "iuf":
            self.numbers.append((where, values.astype(float).ravel()))

    def _figure(self, where, figure, depth):
        for axes in figure.axes:
            for text in axes.findobj(match=lambda one: hasattr(one, "get_text")):
                self.texts.append(text.get_text())
            for place, line in enumerate(axes.lines):
                self._array(f"{where}.line{place}", np.asarray(line.get_xydata(), dtype=float))
            for place, drawn in enumerate(axes.collections):
                self._array(f"{where}.marks{place}", np.asarray(drawn.get_offsets(), dtype=float))
                for path in drawn.get_paths():
                    self._array(f"{where}.path{place}", np.asarray(path.vertices, dtype=float))
            for place, patch in enumerate(axes.patches):
                self._array(f"{where}.patch{place}", np.asarray(patch.get_path().vertices))
                if hasattr(patch, "get_height"):
                    self._array(f"{where}.bar{place}", np.array([patch.get_height()]))

    _ways: ClassVar = {
        Figure: _figure,
        pd.DataFrame: _table,
        xr.DataTree: _tree,
        xr.Dataset: _dataset,
        Mapping | list | tuple | set: _several,
        xr.DataArray | np.ndarray | pd.Series | str | int | float | np.generic: _one,
        type(None): lambda *_: None,
    }
