"""Drawing heads with OpenGL 3.3 through EGL: no window, no GPU needed.

Lighting is done in the head's own frame (the lights are turned, not the normals), with the albedo and a bump
offset read from one texture per material, so that the fragment shader stays cheap in software.
"""

from __future__ import annotations

import os

import numpy as np

from .lighting import BEHIND, LIGHTING, NEAR, TO_CAMERA, Camera, Light, in_clip_space, set_lights
from .model import HeadModel

__all__ = ["TO_CAMERA", "Camera", "Light", "Renderer"]

SKIN, SCALP, MOUTH, TEETH, EYE_LEFT, EYE_RIGHT, LASHES, EXTRA = range(8)

_MATERIALS = {
    SKIN: ["M_Face"],
    SCALP: ["M_BackHead"],
    MOUTH: ["M_GumsTongue"],
    TEETH: ["M_Teeth"],
    EYE_LEFT: ["M_ScleraLeft"],
    EYE_RIGHT: ["M_ScleraRight"],
    LASHES: ["M_EyeLashes"],
}

_VERTEX = """
#version 330
in vec4 place; in vec3 normal; in vec2 uv; in vec3 shade;
out vec3 n; out vec2 t; out vec3 s;
void main() { gl_Position = place; n = normal; t = uv; s = shade; }
"""

_FRAGMENT = """
#version 330
in vec3 n; in vec2 t; in vec3 s;
out vec4 colour;
uniform sampler2D albedo; uniform int kind; uniform vec3 tint;
uniform vec4 iris;
LIGHTING
void main() {
    vec3 m = normalize(n);
    float a = 1.0; float shine = gloss.x; float alpha = 1.0;
    if (kind <= 1) {
        vec4 k = texture(albedo, t);
        a = k.a * k.a;
        m = normalize(m + (k.rgb - vec3(0.5019608)) * 2.0);
    } else if (kind == 4 || kind == 5) {
        float r = length(t);
        float edge = smoothstep(iris.x * 0.92, iris.x * 1.04, r);
        float spokes = 0.85 + 0.3 * fract(sin(floor(atan(t.y, t.x) * 9.0) * 12.9898) * 43758.5453);
        float disc = iris.y * spokes * (1.0 - 0.55 * smoothstep(iris.x * 0.75, iris.x, r));
        disc = mix(0.012, disc, smoothstep(iris.z * 0.9, iris.z * 1.1, r));
        a = mix(disc, iris.w, edge);
        shine = 0.0;
    } else if (kind == 7) {
        a = t.x; alpha = t.y; shine = 0.02;
    }
    vec3 c = tint * lit(m, s, a, shine, kind == 4 || kind == 5);
    colour = vec4(pow(clamp(c * gloss.z, 0.0, 1.0), vec3(0.4545)), alpha);
}
""".replace("LIGHTING", LIGHTING)


class Renderer:
    """One OpenGL context with the head's static buffers. Not thread safe; make one per process."""

    def __init__(self, model: HeadModel, width: int = 192, height: int = 192, extra: int = 0):
        import moderngl

        os.environ.setdefault("LP_NUM_THREADS", "1")
        self.model = model
        self.width, self.height = width, height
        self.context = moderngl.create_standalone_context(backend="egl")
        self.program = self.context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._split(extra)
        self.vertices = self.context.buffer(reserve=(len(self.source) + extra) * 48, dynamic=True)
        self.arrays = {}
        for kind, faces in self.faces.items():
            buffer = self.context.buffer(faces.astype(np.int32).tobytes())
            self.arrays[kind] = self.context.vertex_array(
                self.program, [(self.vertices, "4f 3f 2f 3f", "place", "normal", "uv", "shade")], buffer
            )
        self.colour = self.context.texture((width, height), 4)
        self.target = self.context.framebuffer([self.colour], self.context.depth_renderbuffer((width, height)))
        self.textures = {}
        self.context.enable(moderngl.DEPTH_TEST)
        self.blend = moderngl.BLEND
        self.context.blend_func = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE)
        self.buffer = np.zeros((len(self.source) + extra, 12), np.float32)
        self.buffer[: len(self.source), 7:9] = self.uv
        self.buffer[:, 9:12] = 1

    def _split(self, extra: int) -> None:
        """One render vertex per (vertex, texture coordinate) pair: seams need two."""
        m = self.model
        source, uv, self.faces, start = [], [], {}, 0
        for kind, names in _MATERIALS.items():
            rows = m.triangles_of(*names)
            pairs = np.stack([m.triangles[rows].ravel(), m.triangle_uv[rows].ravel()], 1)
            unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
            source.append(unique[:, 0])
            at = m.uv[unique[:, 1]]
            uv.append(at - np.floor(at.min(0)))
            self.faces[kind] = inverse.reshape(-1, 3) + start
            start += len(unique)
        self.source = np.concatenate(source)
        self.uv = np.concatenate(uv).astype(np.float32)
        self.extra = extra
        if extra:
            self.faces[EXTRA] = np.arange(start, start + extra).reshape(-1, 3)

    def texture(self, kind: int, pixels: np.ndarray) -> None:
        """Upload (H, W, 4) uint8: bump offset x, y, z (128 = none) and the square root of the albedo."""
        size = (pixels.shape[1], pixels.shape[0])
        old = self.textures.get(kind)
        if old is None or old.size != size:
            if old is not None:
                old.release()
            self.textures[kind] = old = self.context.texture(size, 4)
        old.write(np.ascontiguousarray(pixels))

    def draw(
        self,
        vertices: np.ndarray,
        normals: np.ndarray,
        camera: Camera,
        light: Light,
        *,
        shade: np.ndarray | None = None,
        tints: dict | None = None,
        iris=(0.42, 0.1, 0.15, 0.6),
        eye_axes: np.ndarray | None = None,
        extra=None,
        clear: bool = True,
        kinds=None,
    ) -> np.ndarray:
        """Draw and return (height, width, 4) uint8 of the camera's size: gamma-encoded colour, and coverage.

        Args:
            vertices, normals: (V, 3) of the model, head frame.
            shade: (V, 3) visibility of the key light, the fill light and the surroundings, 0-1.
            tints: material kind to a linear RGB triple.
            iris: sine of the iris's angular radius, its albedo, sine of the pupil's radius, the white's albedo.
            eye_axes: (2, 3) unit gaze directions in the head frame, left eye first.
            extra: (positions (E, 3), normals (E, 3), albedo-alpha (E, 2)) drawn last, blended.
        """
        b = self.buffer
        count = len(self.source)
        world = vertices
        if extra is not None:
            world = np.concatenate([vertices, extra[0]])
        place = in_clip_space(camera, world)
        b[:count, 0:4] = place[: len(vertices)][self.source]
        b[:count, 4:7] = normals[self.source]
        if shade is not None:
            b[:count, 9:12] = shade[self.source]
        else:
            b[:count, 9:12] = 1
        if extra is not None:
            e = len(extra[0])
            b[count : count + e, 0:4] = place[len(vertices) :]
            b[count : count + e, 4:7] = extra[1]
            b[count : count + e, 7:9] = extra[2]
            b[count + e :, 0:4] = 0
        self._eyes(vertices, eye_axes)
        self.vertices.write(b)
        if clear:
            self.target.viewport = (0, 0, camera.width, camera.height)
            self.target.use()
            self.target.clear(0.0, 0.0, 0.0, 0.0)
        set_lights(self.program, camera, light, light.shine)
        tints = tints or {}
        self.program["iris"] = tuple(float(v) for v in iris)
        self.context.disable(self.blend)
        for kind, array in self.arrays.items():
            if kinds is not None and kind not in kinds:
                continue
            if kind == EXTRA:
                if extra is None:
                    continue
                self.context.enable(self.blend)
            self.program["kind"] = kind
            self.program["tint"] = tuple(float(v) for v in tints.get(kind, (1, 1, 1)))
            if kind in (SKIN, SCALP):
                self.textures[kind].use(0)
            array.render(vertices=len(extra[0]) if kind == EXTRA else -1)
        size = (camera.width, camera.height)
        return np.frombuffer(self.target.read((0, 0, *size), components=4), np.uint8).reshape(size[1], size[0], 4)

    def depth(self, camera: Camera) -> np.ndarray:
        """(height, width) float32: how far along the camera's axis what was drawn last lies, in cm; the far end where nothing was."""
        near, far = NEAR, camera.distance + BEHIND
        size = (camera.width, camera.height)
        value = np.frombuffer(self.target.read((0, 0, *size), components=1, attachment=-1, dtype="f4"), np.float32)
        return 2 * far * near / (far + near - (2 * value.reshape(size[::-1]) - 1) * (far - near))

    def _eyes(self, vertices: np.ndarray, axes: np.ndarray | None) -> None:
        """Texture coordinates of the eyeballs: the direction from the ball's centre in the gaze's own frame."""
        for side, kind in enumerate((EYE_LEFT, EYE_RIGHT)):
            rows = np.unique(self.faces[kind])
            ball = vertices[self.source[rows]]
            low, high = ball.min(0), ball.max(0)
            radius = (high[1] - low[1]) / 2
            centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2] + radius])
            axis = np.array([0, 0, 1.0]) if axes is None else np.asarray(axes[side], float)
            right = np.cross([0, 1.0, 0], axis)
            right /= np.linalg.norm(right)
            up = np.cross(axis, right)
            d = ball - centre
            d /= np.linalg.norm(d, axis=1, keepdims=True)
            front = d @ axis
            xy = np.stack([d @ right, d @ up], 1)
            xy[front < 0] = 2.0
            self.buffer[rows, 7:9] = xy
