"""Puts a person, an expression, a camera and lights together and draws the picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import dress
from .atlas import Atlas
from .gl import EXTRA, EYE_LEFT, EYE_RIGHT, LASHES, MOUTH, SCALP, SKIN, TEETH, TO_CAMERA, Camera, Light, Renderer
from .model import HeadModel
from .person import Person
from .shadow import Sky
from .skin import Painted, Painter
from .wrinkles import WrinkleBank

DRAWN = {SKIN, SCALP, MOUTH, TEETH, EYE_LEFT, EYE_RIGHT, EXTRA}

#: The eyes' rotation for coefficient 1 of eyeLookIn/Out and eyeLookUp/Down, degrees.
GAZE = (30.0, 22.0)


#: Rolled-in lips that are drawn with pressed ones, and not labelled: the table of labels takes AU28 from pressed lips anyway.
PRESSED_IN = 0.2


@dataclass
class Picture:
    """``pixels`` (H, W, 4) uint8, colour and cover; ``vertices`` (V, 3) of the model with its expression."""

    pixels: np.ndarray
    vertices: np.ndarray


class Studio:
    """Everything that is made once: the model, the maps, the wrinkle bank, one renderer."""

    def __init__(self, data: Path | str, cache: Path | str | None, width: int = 192, height: int = 192, texture: int = 256):
        static = None if cache is None else Path(cache) / "heads-static"
        self.model = HeadModel(Path(data) / "ict_facekit.npz")
        self.atlas = Atlas(self.model, texture, static)
        self.bank = WrinkleBank(self.atlas, self.model)
        self.painter = Painter(self.model, self.atlas, self.bank, static)
        self.sky = Sky(self.model, static)
        self.renderer = Renderer(self.model, width, height, extra=dress.EXTRA_VERTICES)
        neutral = self.model.neutral
        self._depth = np.clip((neutral[:, 2] - 7.5) / 3.0, 0.05, 1).astype(np.float32)
        self._inside = np.zeros(len(neutral), bool)
        self._inside[14062:21451] = True
        self._eyes = [np.arange(21451, 22221), np.arange(23021, 23791)]
        self._dress: dict[int, tuple] = {}

    @property
    def variants(self) -> int:
        """How many drawings of the wrinkles there are to choose from."""
        return len(self.bank.maps)

    def shape(self, person: Person, coefficients: np.ndarray) -> np.ndarray:
        """Vertices of the person with the expression, eyeballs fitted under the lids."""
        worn = np.array(coefficients, np.float32)
        for side in "LR":
            # A closed lid leaves the lower one little to rise to.
            worn[self.model.index[f"eyeSquint_{side}"]] *= 1 - 0.7 * worn[self.model.index[f"eyeBlink_{side}"]]
        # Lips that press on each other show less of their red, which the model's shape alone does not do.
        press = 0.5 * (worn[self.model.index["mouthPress_L"]] + worn[self.model.index["mouthPress_R"]])
        for name in ("mouthRollUpper", "mouthRollLower"):
            worn[self.model.index[name]] += PRESSED_IN * press
        vertices = self.model.shape(person.identity, worn)
        for side, rows in zip("LR", self._eyes):
            ball = vertices[rows]
            low, high = ball.min(0), ball.max(0)
            radius = (high[1] - low[1]) / 2
            centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2] + radius], np.float32)
            offset = ball - centre
            length = np.linalg.norm(offset, axis=1, keepdims=True)
            blink = float(coefficients[self.model.index[f"eyeBlink_{side}"]])
            squint = float(coefficients[self.model.index[f"eyeSquint_{side}"]])
            limit = radius * (1.0 - 0.05 * min(1.0, blink + 0.6 * squint))
            vertices[rows] = centre + offset * np.minimum(1, limit / length) - np.array([0, 0, 0.10 * blink], np.float32)
        return vertices

    def axes(self, coefficients: np.ndarray) -> np.ndarray:
        """Gaze directions (2, 3), left eye first, from the eyeLook coefficients."""
        value = lambda name: float(coefficients[self.model.index[name]])
        out = []
        for side, sign in (("L", 1.0), ("R", -1.0)):
            turn = np.radians(GAZE[0]) * sign * (value(f"eyeLookOut_{side}") - value(f"eyeLookIn_{side}"))
            lift = np.radians(GAZE[1]) * (value(f"eyeLookUp_{side}") - value(f"eyeLookDown_{side}"))
            out.append([np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift)])
        return np.array(out)

    def shade(self, camera: Camera, light: Light, coefficients: np.ndarray) -> np.ndarray:
        """(V, 3) visibility of key, fill and surroundings."""
        turn = (camera.rotation @ TO_CAMERA).T
        out = np.empty((len(self.model.neutral), 3), np.float32)
        out[:, 0] = self.sky.visible(turn @ light.key)
        out[:, 1] = self.sky.visible(turn @ light.fill, 0.15)
        out[:, 2] = 0.25 + 0.75 * self.sky.surroundings
        opened = min(1.0, 0.35 + 0.8 * float(coefficients[self.model.index["jawOpen"]]))
        out[self._inside] = (self._depth[self._inside] * opened)[:, None]
        for rows in self._eyes:
            out[rows] *= 0.75
            out[rows, 2] = 0.6
        return out

    def _dressed(self, person: Person) -> tuple:
        """A person's added geometry and hair, kept for the people drawn last."""
        kept = self._dress.get(id(person))
        if kept is None or kept[0] is not person:
            if len(self._dress) > 8:
                self._dress.clear()
            skull = self.model.shape(person.identity, None)
            kept = (person, dress.extras(self.model, skull, person), dress.hair_push(self.model, person))
            self._dress[id(person)] = kept
        return kept[1:]

    def draw(
        self,
        person: Person,
        painted: Painted,
        coefficients: np.ndarray,
        camera: Camera,
        light: Light,
        skin_tint=(1, 1, 1),
        texture: np.ndarray | None = None,
    ) -> Picture:
        """Draw a painted person; ``texture`` replaces the finished skin."""
        r = self.renderer
        vertices = self.shape(person, coefficients)
        normals = self.model.normals(vertices)
        r.texture(SKIN, self.painter.finish(person, painted, coefficients) if texture is None else texture)
        r.texture(SCALP, painted.scalp)
        extra, push = self._dressed(person)
        hairy = vertices if push is None else vertices + push * normals
        tints = {
            SKIN: skin_tint,
            SCALP: skin_tint,
            MOUTH: (0.22, 0.12, 0.11),
            TEETH: (0.62, 0.58, 0.5),
            LASHES: (0.03,) * 3,
        }
        if tuple(skin_tint) == (1, 1, 1):
            tints[MOUTH], tints[TEETH] = (0.15,) * 3, (0.6,) * 3
        pixels = r.draw(
            hairy,
            normals,
            camera,
            light,
            shade=self.shade(camera, light, coefficients),
            tints=tints,
            iris=(0.40, person.iris, person.pupil, person.sclera),
            eye_axes=self.axes(coefficients),
            extra=extra,
            kinds=DRAWN,
        )
        return Picture(pixels, vertices)
