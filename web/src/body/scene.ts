/** The picture in three dimensions. Only this part of the page needs three.js, and it comes when the picture is opened. */
import * as THREE from "three";
import { mergeVertices } from "three/addons/utils/BufferGeometryUtils.js";
import { ofPerfusion, ofSaturation, VENOUS, type Rgb } from "./colour";
import type { Surface } from "./mesh";
import { MUSCLE_ML, TISSUE_ML, type Shown } from "./motion";
import * as chest from "./thorax";
import { heartAxes, LEFT, leftSize, outerSize, RightVentricle } from "./ventricles";

const RIGHT_WALL = 0.32;
/** How far the front of the chest goes with a litre of gas, cm. */
const RISE_CM_L = 1.5;

const VERTEX = `
uniform float rise;
attribute float shade;
varying vec3 toEye; varying vec3 across; varying float high; varying float furrow;
void main() {
  vec3 p = position;
  float front = smoothstep(-5.0, 8.0, p.z) * smoothstep(-34.0, -8.0, p.y) * (1.0 - smoothstep(10.0, 22.0, p.y)) * (1.0 - smoothstep(17.0, 20.0, abs(p.x)));
  p.z += rise * front;
  vec4 seen = modelViewMatrix * vec4(p, 1.0);
  toEye = -seen.xyz; across = normalMatrix * normal; furrow = shade;
  high = (modelMatrix * vec4(p, 1.0)).y;
  gl_Position = projectionMatrix * seen;
}`;
const FRAGMENT = `
uniform vec3 colour; uniform vec3 rimColour; uniform float body; uniform float rim; uniform float power; uniform vec2 fade; uniform float lit;
varying vec3 toEye; varying vec3 across; varying float high; varying float furrow;
void main() {
  vec3 n = normalize(across); vec3 e = normalize(toEye);
  float facing = abs(dot(n, e));
  float edge = pow(1.0 - facing, power);
  float light = mix(1.0, 0.62 + 0.5 * max(0.0, dot(n, normalize(vec3(-0.35, 0.65, 0.68)))), lit);
  vec3 c = mix(colour, rimColour, edge) * light * (1.0 - 0.55 * furrow);
  float a = (body + rim * edge + 0.4 * furrow) * smoothstep(fade.x, fade.y, high);
  gl_FragColor = vec4(c, a);
  #include <colorspace_fragment>
}`;

const colour = ([r, g, b]: Rgb) => new THREE.Color().setRGB(r, g, b, THREE.SRGBColorSpace);
const darker = (rgb: Rgb, by: number): Rgb => rgb.map((v) => v * by) as unknown as Rgb;

interface Glass {
  tint: Rgb;
  edge: Rgb;
  body: number;
  rim: number;
  power: number;
  lit?: number;
  fade?: [number, number];
  depth?: boolean;
}

function glass({
  tint,
  edge,
  body,
  rim,
  power,
  lit = 0.6,
  fade = [-1e4, -9e3],
  depth = false,
}: Glass): THREE.ShaderMaterial {
  return new THREE.ShaderMaterial({
    uniforms: {
      colour: { value: colour(tint) }, rimColour: { value: colour(edge) }, body: { value: body }, rim: { value: rim },
      power: { value: power }, fade: { value: new THREE.Vector2(...fade) }, rise: { value: 0 }, lit: { value: lit },
    }, // prettier-ignore
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    transparent: true,
    depthWrite: depth,
  });
}

const solid = (tint: Rgb, roughness = 0.5) =>
  new THREE.MeshStandardMaterial({ color: colour(tint), roughness, metalness: 0 });

function geometry(surface: Surface & { shade?: Float32Array }, weld = true): THREE.BufferGeometry {
  const plain = new THREE.BufferGeometry();
  plain.setAttribute("position", new THREE.BufferAttribute(surface.positions, 3));
  plain.setAttribute(
    "shade",
    new THREE.BufferAttribute(surface.shade ?? new Float32Array(surface.positions.length / 3), 1),
  );
  plain.setIndex(new THREE.BufferAttribute(surface.index, 1));
  const whole = weld ? mergeVertices(plain, 1e-3) : plain;
  whole.computeVertexNormals();
  return whole;
}

/** Radians about the upright axis and above the level, and how far away, as a share of the usual. */
export interface View {
  turn: number;
  tilt: number;
  far: number;
}
export const FRONT: View = { turn: 0.14, tilt: 0.06, far: 1 };

/** Draws the body into a canvas. Throws where there is no WebGL. */
export class Scene {
  readonly view: View = { ...FRONT };
  private readonly renderer: THREE.WebGLRenderer;
  private readonly scene = new THREE.Scene();
  private readonly camera = new THREE.PerspectiveCamera(24, 1, 20, 600);
  private readonly cavity = new THREE.Mesh(geometry(LEFT), solid([0.8, 0.2, 0.2], 0.42));
  private readonly wall: THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial>;
  private readonly right = new RightVentricle();
  private readonly rightWall = new RightVentricle(RIGHT_WALL);
  private readonly rightMesh: THREE.Mesh;
  private readonly rightWallMesh: THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial>;
  private readonly lungs: { mesh: THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial>; lung: chest.Lung }[] = [];
  private readonly moved: THREE.ShaderMaterial[] = [];
  private readonly skin: THREE.ShaderMaterial;
  private readonly bone: THREE.ShaderMaterial;
  private readonly arterial: THREE.MeshStandardMaterial[] = [];
  private rest_L = NaN;
  private shadeRim = 1;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true });
    const { scene } = this;
    scene.add(new THREE.HemisphereLight(0xffffff, 0x6a7480, 1.7));
    const key = new THREE.DirectionalLight(0xfff4ea, 2.2);
    key.position.set(-30, 55, 60);
    const back = new THREE.DirectionalLight(0xcfe2ff, 1.1);
    back.position.set(40, 10, -50);
    this.camera.add(key, back);
    scene.add(this.camera);

    this.skin = glass({
      tint: [0.6, 0.6, 0.65],
      edge: [0.75, 0.75, 0.8],
      body: 0.05,
      rim: 0.62,
      power: 2.4,
      fade: [-60, -24],
    });
    this.bone = glass({
      tint: [0.86, 0.84, 0.78],
      edge: [0.95, 0.93, 0.88],
      body: 0.13,
      rim: 0.3,
      power: 1.6,
      fade: [-34, -20],
    });
    this.moved.push(this.skin, this.bone);
    this.put(chest.outline(), this.skin, 9);
    this.put(chest.bones(), this.bone, 6);

    const arterial = solid([0.8, 0.2, 0.2], 0.45);
    this.arterial.push(arterial, this.cavity.material as THREE.MeshStandardMaterial);
    this.put(chest.arteries(), arterial, 1);
    this.put(chest.veins(), solid(darker(VENOUS, 0.95)), 1);
    this.put(chest.pulmonaryArteries(), solid(VENOUS), 1);
    this.put(chest.airways(), solid([0.72, 0.76, 0.78], 0.75), 1);

    const heart = new THREE.Group();
    const { x, y, z, at } = heartAxes();
    heart.matrix
      .makeBasis(new THREE.Vector3(...x), new THREE.Vector3(...y), new THREE.Vector3(...z))
      .setPosition(...at);
    heart.matrixAutoUpdate = false;
    scene.add(heart);
    const muscle: Glass = {
      tint: [0.62, 0.27, 0.25],
      edge: [0.86, 0.55, 0.48],
      body: 0.42,
      rim: 0.5,
      power: 1.9,
      lit: 1,
    };
    this.wall = new THREE.Mesh(geometry(LEFT), glass({ ...muscle, depth: true }));
    this.rightMesh = new THREE.Mesh(geometry(this.right.surface, false), solid(VENOUS, 0.42));
    this.rightWallMesh = new THREE.Mesh(
      geometry(this.rightWall.surface, false),
      glass({ ...muscle, body: 0.3, depth: true }),
    );
    this.wall.renderOrder = this.rightWallMesh.renderOrder = 3;
    for (const mesh of [this.rightMesh, this.rightWallMesh]) mesh.frustumCulled = false;
    heart.add(this.cavity, this.wall, this.rightMesh, this.rightWallMesh);
    this.put(chest.leftAtrium(), glass({ ...muscle, body: 0.75, rim: 0.25, depth: true }), 2);
    this.put(chest.rightAtrium(), glass({ ...muscle, tint: [0.5, 0.3, 0.38], body: 0.75, rim: 0.25, depth: true }), 2);

    for (const side of [1, -1] as const) {
      const lung = chest.lung(side);
      const shape = geometry({ ...lung, positions: lung.positions.map((v, i) => v - lung.top[i % 3]!) });
      const mesh = new THREE.Mesh(
        shape,
        glass({ tint: [0.8, 0.5, 0.5], edge: [0.9, 0.7, 0.68], body: 0.2, rim: 0.5, power: 2, lit: 0.8 }),
      );
      mesh.position.set(...lung.top);
      mesh.renderOrder = 5;
      scene.add(mesh);
      this.lungs.push({ mesh, lung });
    }
  }

  private put(surface: Surface, material: THREE.Material, order: number): void {
    const mesh = new THREE.Mesh(geometry(surface), material);
    mesh.renderOrder = order;
    this.scene.add(mesh);
  }

  /** Colours of lines on a light ground are darker. */
  setLight(light: boolean): void {
    this.skin.uniforms["rim"]!.value = light ? 0.95 : 0.62;
    this.shadeRim = light ? 0.78 : 1;
    this.bone.uniforms["colour"]!.value = colour(light ? [0.56, 0.56, 0.52] : [0.86, 0.84, 0.78]);
    this.bone.uniforms["rimColour"]!.value = colour(light ? [0.42, 0.43, 0.42] : [0.95, 0.93, 0.88]);
  }

  resize(width: number, height: number, ratio: number): void {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  /** Gives every part the size and the colour of a moment. */
  show(now: Shown): void {
    if (Number.isFinite(now.left_ml) && Number.isFinite(now.right_ml)) this.fillHeart(now.left_ml, now.right_ml);
    const gas_L = now.lungLeft_L + now.lungRight_L;
    if (Number.isFinite(gas_L)) {
      if (!Number.isFinite(this.rest_L)) this.rest_L = gas_L;
      this.rest_L = Math.min(this.rest_L, gas_L);
      for (const material of this.moved) material.uniforms["rise"]!.value = RISE_CM_L * (gas_L - this.rest_L);
      [now.lungLeft_L, now.lungRight_L].forEach((gas, i) => {
        const { mesh, lung } = this.lungs[i]!;
        mesh.scale.set(...(chest.lungStretch(1000 * gas + TISSUE_ML, lung.volume_ml) as [number, number, number]));
      });
    }
    const blood = ofSaturation(now.saturation);
    for (const material of this.arterial) material.color = colour(blood);
    const air = blood.map((v, i) => 0.45 * v + 0.55 * [0.92, 0.74, 0.7][i]!) as unknown as Rgb;
    for (const { mesh } of this.lungs) mesh.material.uniforms["colour"]!.value = colour(air);
    const skin = ofPerfusion(now.perfusion);
    this.skin.uniforms["colour"]!.value = colour(skin);
    this.skin.uniforms["rimColour"]!.value = colour(darker(skin, this.shadeRim));
  }

  private fillHeart(left_ml: number, right_ml: number): void {
    const inner = leftSize(left_ml);
    const outer = outerSize(inner, MUSCLE_ML);
    this.cavity.scale.set(inner.radius, inner.length, inner.radius);
    this.wall.scale.set(outer.radius, outer.length, outer.radius);
    this.right.fill(right_ml, outer);
    this.rightWall.cover(this.right, outer);
    for (const mesh of [this.rightMesh, this.rightWallMesh]) {
      mesh.geometry.attributes["position"]!.needsUpdate = true;
      mesh.geometry.computeVertexNormals();
    }
  }

  draw(): void {
    const { turn, tilt, far } = this.view;
    const wide = Math.max(1, 0.74 / this.camera.aspect);
    const away = 158 * far * wide;
    this.camera.position.set(
      away * Math.sin(turn) * Math.cos(tilt),
      away * Math.sin(tilt),
      away * Math.cos(turn) * Math.cos(tilt),
    );
    this.camera.lookAt(0, 0, 0);
    this.renderer.render(this.scene, this.camera);
  }

  /** Looks from the front again. */
  front(): void {
    Object.assign(this.view, FRONT);
  }

  /** Triangles and calls of the last drawing. */
  get cost(): { triangles: number; calls: number } {
    const { triangles, calls } = this.renderer.info.render;
    return { triangles, calls };
  }

  dispose(): void {
    this.scene.traverse((thing) => {
      if (!(thing instanceof THREE.Mesh)) return;
      (thing.geometry as THREE.BufferGeometry).dispose();
      (thing.material as THREE.Material).dispose();
    });
    this.renderer.dispose();
  }
}
