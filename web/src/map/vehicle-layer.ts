import { LineLayer } from '@deck.gl/layers';

/** In the fragment shader `uv.x` runs from the rear (0) to the front bumper (1), `uv.y` from side to side (-1 to 1). */
const BODY = `
  float alongPerPixel = max(fwidth(geometry.uv.x), 1e-6);
  float acrossPerPixel = max(fwidth(geometry.uv.y), 1e-6);
  float halfWidth = 1.0 / acrossPerPixel;
  float fromEnd = min(geometry.uv.x, 1.0 - geometry.uv.x) / alongPerPixel;
  float fromSide = (1.0 - abs(geometry.uv.y)) / acrossPerPixel;
  float radius = 0.5 * halfWidth;
  float inside = radius - length(max(vec2(radius) - vec2(fromEnd, fromSide), 0.0));
  color.a *= clamp(inside + 0.5, 0.0, 1.0);
  float fromFront = (1.0 - geometry.uv.x) / alongPerPixel / halfWidth;
  float glass = step(0.75, fromFront) * step(fromFront, 1.45) * step(abs(geometry.uv.y), 0.78);
  color.rgb = mix(color.rgb, vec3(0.08, 0.11, 0.14), 0.85 * glass * smoothstep(3.0, 6.0, halfWidth));
`;

/** Vehicles from rear to front bumper: rounded, with a windscreen when near; smooth without the canvas's own antialiasing. */
export class VehicleLayer extends LineLayer {
  static override layerName = 'VehicleLayer';

  override getShaders(): object {
    return { ...super.getShaders(), inject: { 'fs:DECKGL_FILTER_COLOR': BODY } };
  }
}
