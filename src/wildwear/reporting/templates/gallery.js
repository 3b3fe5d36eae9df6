"use strict";
// Show the photos that hold a garment of the pressed category.
const buttons = document.querySelectorAll(".filter button");
const photos = document.querySelectorAll(".photos > li");
const shown = document.getElementById("shown");

for (const button of buttons) {
  button.addEventListener("click", () => {
    const wanted = button.dataset.category;
    let count = 0;
    for (const photo of photos) {
      photo.hidden = wanted !== "" && !photo.dataset.categories.split(" ").includes(wanted);
      count += photo.hidden ? 0 : 1;
    }
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    shown.textContent = count === 1 ? "1 photo shown" : `${count} photos shown`;
  });
}
document.querySelector(".filter").hidden = false;
