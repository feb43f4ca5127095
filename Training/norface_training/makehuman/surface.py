"""Drawing textured meshes with OpenGL 3.3 through EGL: the second world's surfaces under the first world's light."""

from __future__ import annotations

import numpy as np

from ..heads.lighting import LIGHTING, Camera, Light, in_clip_space, set_lights
from .pack import Pack, Worn

FACE, EYES, HAIR, PLAIN = range(4)

_VERTEX = """
#version 330
in vec4 place; in vec3 normal; in vec3 shade; in vec2 uv; in vec3 paint;
out vec3 n; out vec2 t; out vec3 s; out vec3 p;
void main() { gl_Position = place; n = normal; t = uv; s = shade; p = paint; }
"""

_FRAGMENT = """
#version 330
in vec3 n; in vec2 t; in vec3 s; in vec3 p;
out vec4 colour;
uniform sampler2D albedo; uniform sampler2D folds; uniform int kind; uniform float flat_albedo;
LIGHTING
void main() {
    vec3 m = normalize(n);
    float a = flat_albedo; float alpha = 1.0; float shine = gloss.x;
    if (kind == 3) {
        a = t.x; alpha = t.y; shine = 0.02;
    } else if (flat_albedo < 0.0) {
        vec2 k = texture(albedo, t).rg;
        a = k.r * k.r; alpha = k.g;
    }
    if (kind == 0 && p.z > 0.0) {
        vec4 f = texture(folds, p.xy);
        m = normalize(m + p.z * (f.rgb - vec3(0.5019608)) * 2.0);
        a *= mix(1.0, f.a * f.a * 1.35, p.z);
    }
    if (kind == 1 || kind == 2) { if (alpha < 0.12) discard; }
    if (kind == 2) { shine = 0.05; if (dot(m, view) < 0.0) m = -m; }
    if (kind == 1) shine = 0.0;
    float value = lit(m, s, a, shine, kind == 1);
    colour = vec4(vec3(pow(clamp(value * gloss.z, 0.0, 1.0), 0.4545)), alpha);
}
""".replace("LIGHTING", LIGHTING)


def split(triangles: np.ndarray, triangle_uv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One drawn vertex for each pair of vertex and texture coordinate: the vertices, the coordinates' rows, and the triangles."""
    pairs = np.stack([triangles.ravel(), triangle_uv.ravel()], 1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    return unique[:, 0], unique[:, 1], inverse.reshape(-1, 3).astype(np.int32)


class _Mesh:
    """A mesh's static buffers: triangles and texture coordinates."""

    def __init__(self, surface: Surface, source: np.ndarray, uv: np.ndarray, paint: np.ndarray, triangles: np.ndarray):
        self.source = source
        context = surface.context
        self.buffer = np.zeros((len(source), 10), np.float32)
        self.moving = context.buffer(reserve=self.buffer.nbytes, dynamic=True)
        still = context.buffer(np.ascontiguousarray(np.concatenate([uv, paint], 1), np.float32).tobytes())
        self.array = context.vertex_array(
            surface.program, [(self.moving, "4f 3f 3f", "place", "normal", "shade"), (still, "2f 3f", "uv", "paint")],
            context.buffer(triangles.tobytes()),
        )  # fmt: skip


class Surface:
    """One OpenGL context. Not thread safe; one for each process."""

    def __init__(self, pack: Pack, paint_uv: np.ndarray, paint_weight: np.ndarray, width: int, height: int):
        import moderngl

        self.pack = pack
        self.context = moderngl.create_standalone_context(backend="egl")
        self.program = self.context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self.program["albedo"], self.program["folds"] = 0, 1
        self.target = self.context.framebuffer([self.context.texture((width, height), 4)], self.context.depth_renderbuffer((width, height)))
        self.context.enable(moderngl.DEPTH_TEST)
        self.blend = moderngl.BLEND
        self.context.blend_func = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE)
        self.meshes: dict[object, _Mesh] = {}
        self.textures: dict[str, tuple] = {}
        paint = np.concatenate([paint_uv, paint_weight], 1)
        for name, parts in (("body", ("body",)), ("teeth", ("helper-upper-teeth", "helper-lower-teeth")), ("tongue", ("helper-tongue",))):
            rows = pack.triangles_of(*parts)
            source, uv, triangles = split(pack.triangles[rows], pack.triangle_uv[rows])
            self.meshes[name] = _Mesh(self, source, pack.uv[uv], paint[source] if name == "body" else np.zeros((len(source), 3)), triangles)
        self.camera = Camera()

    def begin(self, camera: Camera, light: Light, shine: float) -> None:
        """An empty picture, and its lights."""
        self.camera = camera
        self.target.viewport = (0, 0, camera.width, camera.height)
        self.target.use()
        self.target.clear(0.0, 0.0, 0.0, 0.0)
        set_lights(self.program, camera, light, shine)
        self.context.disable(self.blend)

    def _texture(self, slot: str, unit: int, pixels: np.ndarray) -> None:
        """Binds pixels (H, W, 2 or 4) uint8; what lay in the slot before is not uploaded again."""
        held, texture = self.textures.get(slot, (None, None))
        size = (pixels.shape[1], pixels.shape[0])
        if held is not pixels:
            if texture is not None and texture.size != size:
                texture.release()
                texture = None
            if texture is None:
                texture = self.context.texture(size, pixels.shape[2])
            texture.write(np.ascontiguousarray(pixels))
            self.textures[slot] = (pixels, texture)
        texture.use(unit)

    def _draw(self, mesh: _Mesh, kind: int, vertices: np.ndarray, normals: np.ndarray, shade: np.ndarray, flat: float = -1.0) -> None:
        place = in_clip_space(self.camera, vertices)
        b, rows = mesh.buffer, mesh.source
        b[:, 0:4], b[:, 4:7], b[:, 7:10] = place[rows], normals[rows], shade[rows]
        mesh.moving.write(b)
        self.program["kind"], self.program["flat_albedo"] = kind, flat
        mesh.array.render()

    def head(self, vertices, normals, shade, skin: np.ndarray, folds: np.ndarray, enamel: float, tongue: float) -> None:
        """The body with its skin and folds, teeth and tongue."""
        self._texture("skin", 0, skin)
        self._texture("folds", 1, folds)
        self._draw(self.meshes["body"], FACE, vertices, normals, shade)
        self._draw(self.meshes["teeth"], FACE, vertices, normals, shade, enamel)
        self._draw(self.meshes["tongue"], FACE, vertices, normals, shade, tongue)

    def worn(self, slot: str, kind: int, worn: Worn, vertices, normals, shade, picture: np.ndarray) -> None:
        """Something that is worn, blended over what was drawn before; ``slot`` names its texture."""
        mesh = self.meshes.get(id(worn.triangles))
        if mesh is None:
            source, uv, triangles = split(worn.triangles, worn.triangle_uv)
            mesh = self.meshes[id(worn.triangles)] = _Mesh(self, source, worn.uv[uv], np.zeros((len(source), 3)), triangles)
        self.context.enable(self.blend)
        self._texture(slot, 0, picture)
        self._draw(mesh, kind, vertices, normals, shade)
        self.context.disable(self.blend)

    def loose(self, kind: int, vertices: np.ndarray, normals: np.ndarray, albedo: np.ndarray) -> None:
        """Triangles that belong to nothing, each vertex with its albedo and opacity."""
        count = len(vertices)
        mesh = _Mesh(self, np.arange(count), albedo, np.zeros((count, 3)), np.arange(count, dtype=np.int32).reshape(-1, 3))
        self.context.enable(self.blend)
        self._draw(mesh, kind, np.asarray(vertices, np.float32), normals, np.ones((count, 3), np.float32))
        self.context.disable(self.blend)

    def end(self) -> np.ndarray:
        """(height, width, 4) uint8: gamma-encoded luma, and cover."""
        size = (self.camera.width, self.camera.height)
        return np.frombuffer(self.target.read((0, 0, *size), components=4), np.uint8).reshape(size[1], size[0], 4)
