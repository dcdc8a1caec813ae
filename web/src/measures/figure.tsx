import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const PNG_SCALE = 2;

interface FigureProps {
  readonly title: string;
  readonly note?: string | undefined;
  /** SVG text; empty for nothing to draw. */
  readonly drawing: string;
  /** What an exported file is called, without its ending. */
  readonly file: string;
  readonly legend?: ReactNode;
}

/** A chart with its title, and it as a file. */
export function Figure({ title, note, drawing, file, legend }: FigureProps) {
  const { t } = useTranslation();
  const html = useMemo(() => ({ __html: drawing }), [drawing]);
  if (drawing === '') return null;
  return (
    <figure className="chart-card">
      <figcaption>
        <b>{title}</b>
        {note !== undefined && <span className="hint">{note}</span>}
        {legend}
        <span className="exports">
          <button type="button" onClick={() => save(new Blob([drawing], { type: 'image/svg+xml' }), `${file}.svg`)}>
            SVG
          </button>
          <button type="button" onClick={() => savePng(drawing, `${file}.png`)}>
            PNG
          </button>
          <span className="unseen">{t('measures.export')}</span>
        </span>
      </figcaption>
      {/* Drawn by our own code from numbers; every text in it is escaped there. */}
      <div className="drawing" dangerouslySetInnerHTML={html} />
    </figure>
  );
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function savePng(drawing: string, name: string): void {
  const picture = new Image();
  const [, , width = 1120, height = 300] = (/viewBox="([^"]+)"/.exec(drawing)?.[1] ?? '').split(' ').map(Number);
  const sized = drawing.replace('<svg ', `<svg width="${width}" height="${height}" `);
  const address = URL.createObjectURL(new Blob([sized], { type: 'image/svg+xml' }));
  picture.addEventListener('load', () => {
    const canvas = document.createElement('canvas');
    canvas.width = width * PNG_SCALE;
    canvas.height = height * PNG_SCALE;
    const pen = canvas.getContext('2d');
    if (pen !== null) {
      pen.fillStyle = '#ffffff';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    }
    URL.revokeObjectURL(address);
    canvas.toBlob((blob) => blob !== null && save(blob, name), 'image/png');
  });
  picture.src = address;
}
