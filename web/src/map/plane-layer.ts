import { Layer, type LayerProps } from '@deck.gl/core';
import { Model } from '@luma.gl/engine';
import { toLngLat } from '../plane.ts';

/** Flat coloured shapes in metres of the page's plane, written anew every frame. */
export interface Shapes {
  /** Corners (x, y), six for a quad (two triangles), one for a dot. */
  readonly corners: Float32Array;
  /** Red, green, blue, alpha of each corner. */
  readonly colours: Uint8Array;
  readonly cornerCount: number;
}

interface PlaneLayerProps extends LayerProps {
  readonly shapes: Shapes;
  /** `body`: quads from rear to front, rounded, with a windscreen when near; `bar`: plain quads; `dot`: round points. */
  readonly look: 'body' | 'bar' | 'dot';
  readonly dotPixels: number;
}

const BLOCK = `layout(std140) uniform planeUniforms {
  vec4 toClip;
  float dotPixels;
} plane;
`;
const UNIFORMS = { name: 'plane', vs: BLOCK, uniformTypes: { toClip: 'vec4<f32>', dotPixels: 'f32' } } as const;

/** `uv.x` runs from the rear (0) to the front (1), `uv.y` from side to side (-1 to 1). */
const VERTEX = `#version 300 es
#define SHADER_NAME plane-layer-vertex
in vec2 corner;
in vec4 colour;
out vec4 vColour;
out vec2 uv;
void main(void) {
  int k = gl_VertexID % 6;
  uv = vec2(k == 1 || k == 2 || k == 4 ? 1.0 : 0.0, k == 2 || k == 4 || k == 5 ? 1.0 : -1.0);
  vColour = colour;
  gl_Position = vec4(corner * plane.toClip.xy + plane.toClip.zw, 0.0, 1.0);
  gl_PointSize = plane.dotPixels;
}
`;

const BODY = `
  float alongPerPixel = max(fwidth(uv.x), 1e-6);
  float acrossPerPixel = max(fwidth(uv.y), 1e-6);
  float halfWidth = 1.0 / acrossPerPixel;
  float fromEnd = min(uv.x, 1.0 - uv.x) / alongPerPixel;
  float fromSide = (1.0 - abs(uv.y)) / acrossPerPixel;
  float radius = 0.5 * halfWidth;
  float inside = radius - length(max(vec2(radius) - vec2(fromEnd, fromSide), 0.0));
  fragColor.a *= clamp(inside + 0.5, 0.0, 1.0);
  float fromFront = (1.0 - uv.x) / alongPerPixel / halfWidth;
  float glass = step(0.75, fromFront) * step(fromFront, 1.45) * step(abs(uv.y), 0.78);
  fragColor.rgb = mix(fragColor.rgb, vec3(0.08, 0.11, 0.14), 0.85 * glass * smoothstep(3.0, 6.0, halfWidth));
`;
const BAR = `
  float fromSide = (1.0 - abs(uv.y)) / max(fwidth(uv.y), 1e-6);
  fragColor.a *= clamp(fromSide + 0.5, 0.0, 1.0);
`;
const DOT = `
  float size = 1.0 / max(fwidth(gl_PointCoord.x), 1e-6);
  fragColor.a *= clamp((0.5 - length(gl_PointCoord - 0.5)) * size + 0.5, 0.0, 1.0);
`;
const LOOKS = { body: BODY, bar: BAR, dot: DOT };

const fragment = (look: string): string => `#version 300 es
#define SHADER_NAME plane-layer-fragment
precision highp float;
in vec4 vColour;
in vec2 uv;
out vec4 fragColor;
void main(void) {
  fragColor = vColour;
${look}
}
`;

type Device = Model['device'];
type DeviceBuffer = ReturnType<Device['createBuffer']>;

interface Drawn {
  readonly model: Model;
  corners: DeviceBuffer;
  colours: DeviceBuffer;
}

/**
 * Draws shapes with one plain draw call and two buffers. deck.gl's own layers draw an instance per vehicle, which
 * software rendering does one by one (3,000 instanced quads took 80 ms a frame, the same as points 6 ms).
 */
export class PlaneLayer extends Layer<PlaneLayerProps> {
  static override layerName = 'PlaneLayer';
  /** deck.gl hands it from frame to frame to the newest layer of the same id. */
  declare state: { drawn: Drawn };

  override getShaders(): object {
    return super.getShaders({ vs: VERTEX, fs: fragment(LOOKS[this.props.look]), modules: [UNIFORMS] });
  }

  override initializeState(): void {
    const { device } = this.context;
    const model = new Model(device, {
      ...this.getShaders(),
      id: this.props.id,
      topology: this.props.look === 'dot' ? 'point-list' : 'triangle-list',
      bufferLayout: [
        { name: 'corner', format: 'float32x2' },
        { name: 'colour', format: 'unorm8x4' },
      ],
      disableWarnings: true,
    });
    this.state = { drawn: { model, corners: makeBuffer(device, 1024), colours: makeBuffer(device, 512) } };
  }

  override getModels(): Model[] {
    return [this.state.drawn.model];
  }

  override draw(): void {
    const { shapes, dotPixels } = this.props;
    const { cornerCount, corners, colours } = shapes;
    const { drawn } = this.state;
    if (cornerCount === 0) return;
    drawn.corners = fill(this.context.device, drawn.corners, corners.subarray(0, 2 * cornerCount));
    drawn.colours = fill(this.context.device, drawn.colours, colours.subarray(0, 4 * cornerCount));
    drawn.model.setAttributes({ corner: drawn.corners, colour: drawn.colours });
    drawn.model.setVertexCount(cornerCount);
    drawn.model.shaderInputs.setProps({ plane: { toClip: this.#toClip(), dotPixels } });
    drawn.model.draw(this.context.renderPass);
  }

  /** Scale and shift from metres to clip space; the map is never turned or tilted. */
  #toClip(): [number, number, number, number] {
    const { viewport } = this.context;
    const reach = 1000;
    const [x0 = 0, y0 = 0] = viewport.project([0, 0]);
    const [x1 = 0, y1 = 0] = viewport.project(toLngLat({ x: 0, y: 0 }, reach, reach));
    const { width, height } = viewport;
    return [
      (2 * (x1 - x0)) / reach / width,
      (-2 * (y1 - y0)) / reach / height,
      (2 * x0) / width - 1,
      1 - (2 * y0) / height,
    ];
  }

  override finalizeState(): void {
    const { model, corners, colours } = this.state.drawn;
    model.destroy();
    corners.destroy();
    colours.destroy();
  }
}

function makeBuffer(device: Device, byteLength: number): DeviceBuffer {
  return device.createBuffer({ byteLength });
}

/** The same buffer with new content, or a larger one. */
function fill(device: Device, buffer: DeviceBuffer, content: Float32Array | Uint8Array): DeviceBuffer {
  if (buffer.byteLength >= content.byteLength) {
    buffer.write(content);
    return buffer;
  }
  buffer.destroy();
  const larger = makeBuffer(device, content.byteLength * 2);
  larger.write(content);
  return larger;
}
