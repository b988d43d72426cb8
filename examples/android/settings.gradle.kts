pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
        maven { url = uri("../exercise_watch/build/android-arm64/maven") }
    }
}

rootProject.name = "toolchain-example"
include(":app")
