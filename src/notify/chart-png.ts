/** A drawing as PNG. The renderer is loaded only when there is something to draw: most runs tell no incident. */
import { fileURLToPath } from 'node:url';

/** Shipped: slim images have no fonts, and other fonts would give other pictures. */
const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
  fileURLToPath(new URL(`../../config/fonts/${name}`, import.meta.url)),
);

/** @returns the same bytes for the same drawing */
export async function pngOf(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const drawing = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    logLevel: 'off',
  });
  return drawing.render().asPng();
}
