fn main() {
    println!("cargo:rustc-env=RADIX={}", 5 + 5);
}
