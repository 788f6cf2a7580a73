// The sound as a picture, drawn from peaks (audiowaveform's JSON: lowest and highest value in turn).

export async function showWaveform(canvas, address) {
  const answer = await fetch(address).catch(() => null);
  const peaks = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!peaks?.data?.length) return null;
  canvas.hidden = false;
  const loudest = Math.max(1, ...columns(peaks.data, 2000).map(([low, high]) => Math.max(-low, high)));
  let share = 0;

  function draw(played = share) {
    share = played;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const bars = columns(peaks.data, Math.max(1, Math.floor(width / 3)));
    bars.forEach(([low, high], place) => {
      const x = (place / bars.length) * width;
      const [top, bottom] = [height / 2 - (high / loudest) * (height / 2 - 1), height / 2 - (low / loudest) * (height / 2 - 1)];
      pen.fillStyle = place / bars.length <= share ? "#6fb4dc" : "#4a525a";
      pen.fillRect(x, top, 2, Math.max(1, bottom - top));
    });
  }

  new ResizeObserver(() => draw()).observe(canvas);
  draw();
  return { draw };
}

function columns(data, count) {
  const points = data.length / 2;
  const kept = Math.min(count, points);
  return Array.from({ length: kept }, (_, place) => {
    let [low, high] = [0, 0];
    for (let at = Math.floor((place * points) / kept); at < Math.floor(((place + 1) * points) / kept); at += 1) {
      low = Math.min(low, data[2 * at]);
      high = Math.max(high, data[2 * at + 1]);
    }
    return [low, high];
  });
}
