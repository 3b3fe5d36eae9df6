// How far the project has come, and how long the rest will take.

import * as api from "./api.js";
import { $, number } from "./dom.js";

const PAUSE = 1_500; // milliseconds after a change was saved
let timer = null;

export function refreshSoon(target) {
  clearTimeout(timer);
  timer = setTimeout(() => refresh(target), PAUSE);
}

export async function refresh(target) {
  const { todo, done, skipped, today, minutes_a_photo: minutes, left_hours: hours } = await api.progress().catch(() => ({}));
  if (done === undefined) return;
  const all = target ?? todo + done;
  $("progress").max = Math.max(all, 1);
  $("progress").value = Math.min(done, all);
  $("progress-words").textContent = [
    `${number.format(done)} of ${number.format(all)} done`,
    ...(skipped ? [`${number.format(skipped)} skipped`] : []),
    ...(today ? [`${number.format(today)} today`] : []),
    ...(minutes ? [`${inMinutes(minutes)} a photo`] : []),
    ...(hours ? [`${inHours(hours)} left`] : []),
  ].join(" · ");
}

function inMinutes(minutes) {
  return minutes < 1.5 ? `${Math.max(Math.round(60 * minutes), 1)} s` : `${minutes.toFixed(1)} min`;
}

function inHours(hours) {
  return hours < 1 ? `${Math.max(Math.round(60 * hours), 1)} min` : `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
}
