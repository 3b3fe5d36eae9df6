// What the model proposes for the photo on the desk, until it is accepted or rejected.

import * as api from "./api.js";
import { boxOf, ringsOf } from "./geometry.js";
import { newInstance } from "./work.js";

const TAKEN = 0.7; // IoU of boxes from which a proposal is what stands there already

export async function fetchProposals(editor) {
  const { photo } = editor;
  const { proposals } = await api.proposals(photo.id);
  if (editor.photo !== photo) return;
  editor.proposals = proposals
    .map(({ parts, category, score, runners_up }) => ({ ...newInstance(parts, { category, score, source: "proposal" }), runners_up }))
    .filter((one) => !editor.work.instances.some((other) => alike(one, other)));
  editor.show();
}

// Ids of the likeliest names of an instance, its own first: as proposed, or as the dataset's label may mean.
export function likeliest(editor, instance) {
  if (!instance) return [];
  if (instance.original?.candidates?.length) return instance.original.candidates.slice(0, 3);
  const proposal = editor.proposals.find((one) => one.id === instance.id);
  return proposal ? [proposal.category, ...proposal.runners_up.map(([category]) => category)].slice(0, 3) : [];
}

// Whether two outlines are of one garment.
export const alike = (one, other) => overlap(boxAround(one), boxAround(other)) > TAKEN;

const boxAround = (one) => boxOf(ringsOf(one.parts).flat());

function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);
  return (width * height) / (area(a) + area(b) - width * height);
}
